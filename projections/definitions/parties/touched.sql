-- The party that a filing or a decision names.
if(event_type IN ('CaseFiled', 'DecisionMade'), {party_key:Shared}, '')
