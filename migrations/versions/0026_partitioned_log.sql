-- The log as it is becomes the first part, without copying a row. Frozen on landing; later changes are later migrations.
DROP TRIGGER event_unchanged ON event;
ALTER TABLE event RENAME TO event_{year};
ALTER INDEX event_pkey RENAME TO event_{year}_pkey;
ALTER INDEX event_order RENAME TO event_{year}_epoch_xid_seq_idx;
ALTER TRIGGER event_kept ON event_{year} RENAME TO kept;
REVOKE ALL ON event_{year} FROM muster_app, muster_sequencer;
CREATE TABLE event (LIKE event_{year} INCLUDING DEFAULTS) PARTITION BY RANGE (stream);
ALTER TABLE event ADD PRIMARY KEY (tenant, stream, version);
CREATE INDEX event_order ON event (epoch, xid, seq);
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
ALTER TABLE event FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON event
  USING (tenant = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant = NULLIF(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT ON event TO muster_app;
GRANT SELECT ON event TO muster_sequencer;
CREATE TRIGGER event_unchanged BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_kept BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TABLE event_other (LIKE event INCLUDING DEFAULTS);
