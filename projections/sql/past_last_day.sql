-- Whether a case's clock has run past its last day, `days_since` days after `filed_on`, of which it stood still on `paused`
-- (sorted) and was allowed to run on `days_allowed`. A last day that is no working day moves to the next one on which the
-- clock runs: one working day from the last day on must have gone by. The calendar begins on `first_day` with `workings`, and
-- elsewhere Monday to Friday count. No holiday lasts longer than a fortnight.
days_since - length(paused) > days_allowed
AND (empty(paused) AND days_since > days_allowed + 14
     OR arrayExists(
         step -> if(
             addDays(assumeNotNull(filed_on), step) BETWEEN first_day AND addDays(first_day, length(workings) - 1),
             workings[dateDiff('day', first_day, assumeNotNull(filed_on)) + step + 1],
             toDayOfWeek(addDays(assumeNotNull(filed_on), step)) < 6),
         -- the days before that one on which the clock ran, from the last day on: a pause before it moves it by a day
         arrayExcept(
             range(days_allowed + arrayCount((day, place) -> day - place < days_allowed, paused, arrayEnumerate(paused)), days_since),
             paused)))
