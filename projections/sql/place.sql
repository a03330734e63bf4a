-- The place of a row in the whole log: its topic's base, then its offset. 0: nowhere.
transform(topic, mapKeys(cut), bases, toUInt64(0)) + offset
