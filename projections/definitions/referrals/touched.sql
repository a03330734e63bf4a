-- The referral that an event tells of.
stream_id
