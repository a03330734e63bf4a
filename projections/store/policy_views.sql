-- What questions read. A newer version of a file is shown by replacing the view, at once for everybody.
CREATE OR REPLACE VIEW policy_calendar DEFINER = operator SQL SECURITY DEFINER AS SELECT * FROM {calendar:Identifier};
CREATE OR REPLACE VIEW policy_sla DEFINER = operator SQL SECURITY DEFINER AS SELECT * FROM {sla:Identifier};
CREATE OR REPLACE VIEW policy_limits DEFINER = operator SQL SECURITY DEFINER AS SELECT * FROM {limits:Identifier};
