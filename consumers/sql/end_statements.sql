-- End whatever still runs for this token, whoever sent it, and wait until it is gone.
KILL QUERY WHERE startsWith(query_id, {prefix:String}) SYNC;
