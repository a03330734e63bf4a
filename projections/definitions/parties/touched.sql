-- The party that a filing or a decision names, if any.
if(event_type IN ('CaseFiled', 'DecisionMade'), nullIf({party_key:Shared}, ''), NULL)
