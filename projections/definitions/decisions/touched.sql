-- The decision that an event names, if any.
decision_id
