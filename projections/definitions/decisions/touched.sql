-- The decision that an event names; empty: none.
ifNull(decision_id, '')
