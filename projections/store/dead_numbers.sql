-- Numbers that publishers gave to values which are no events: they came, so that they are no gap. `database`: whose ledger.
CREATE OR REPLACE VIEW dead_numbers DEFINER = projector SQL SECURITY DEFINER AS
SELECT topic, offset, assumeNotNull(publisher) AS publisher, assumeNotNull(epoch) AS epoch, assumeNotNull(sequence) AS sequence,
    state = 'REDRIVEN' AS redriven
FROM {database:Identifier}.dead_letters FINAL
WHERE partition = 0 AND publisher IS NOT NULL AND epoch IS NOT NULL AND sequence > 0
COMMENT '死信所占的序号 | sequence numbers of dead letters'
