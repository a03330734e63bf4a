-- The dispute that an event tells of.
stream_id
