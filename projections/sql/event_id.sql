-- The id of an event from the number that it was packed as: UUIDs have their halves the other way round.
reinterpretAsUUID(bitOr(bitShiftLeft(id, 64), bitShiftRight(id, 64)))
