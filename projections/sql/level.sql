-- How far an event is shared: 0: fully; 1: as a pointer, also when only some regions may see it; 2: not at all, also when
-- the level is none that we know.
multiIf(dissemination = 'FULL' AND empty(audience), 0, dissemination IN ('FULL', 'POINTER'), 1, 2)
