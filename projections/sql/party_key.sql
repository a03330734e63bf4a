-- The party that an enforcement event names: an organisation by its credit code, a natural person by a token; empty: none.
multiIf(party_kind != 'NATURAL_PERSON' AND ifNull(party_uscc, '') != '', concat('u:', assumeNotNull(party_uscc)),
        ifNull(party_token, '') != '', concat('t:', assumeNotNull(party_token)), '')
