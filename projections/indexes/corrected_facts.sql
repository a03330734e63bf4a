-- A fact among new rows that is corrected, retracted, or was corrected before; NULL: any other.
if(revision != 1 OR retracted OR fact_id != event_id OR fact_id IN (
       SELECT fact_id FROM corrections WHERE fact_id IN (
           SELECT fact_id FROM {events:Identifier} WHERE partition = 0 AND ({new_rows:Include}))),
   fact_id, NULL)
