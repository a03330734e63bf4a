-- The block of the log in which an event lies.
concat(topic, '|', toString(intDiv(offset, 8192)))
