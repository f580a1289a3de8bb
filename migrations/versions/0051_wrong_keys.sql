-- Frozen on landing; later changes are later migrations.
ALTER TABLE gold ADD COLUMN key TEXT DEFAULT 'trusted' NOT NULL;
ALTER TABLE gold ADD COLUMN key_case UUID;
ALTER TABLE gold ADD COLUMN found_wrong_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE gold ADD COLUMN corrected_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE evidence ADD COLUMN key_case UUID;
ALTER TABLE evidence ADD COLUMN rekeyed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE evidence ADD COLUMN erred BOOLEAN;
ALTER TABLE dispute ADD COLUMN settled BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE planted_subject ALTER COLUMN correct DROP NOT NULL;
ALTER TABLE planted ALTER COLUMN error DROP NOT NULL;
CREATE INDEX planted_of ON planted (tenant, subject);
CREATE INDEX answer_when ON answer USING brin (submitted_at) WITH (autosummarize = on);
CREATE TABLE score_rekeyed (
  tenant UUID NOT NULL,
  answer UUID NOT NULL,
  gold UUID NOT NULL,
  key_case UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  lease UUID,
  attempt UUID,
  of_version INTEGER,
  correct BOOLEAN,
  corrected_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, answer)
);
CREATE INDEX score_rekeyed_case ON score_rekeyed (tenant, key_case);
CREATE INDEX score_rekeyed_person ON score_rekeyed (tenant, annotator, skill);
