-- The case that an event tells of.
stream_id
