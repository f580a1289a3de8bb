-- Frozen on landing; later changes are later migrations.
CREATE TABLE holding (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  token TEXT NOT NULL,
  source TEXT NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, annotator, token, source)
);
CREATE INDEX holding_until ON holding (tenant, until) WHERE until IS NOT NULL;
CREATE TABLE draft (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  item UUID NOT NULL,
  stage TEXT NOT NULL,
  project UUID NOT NULL,
  lease UUID NOT NULL,
  draft BYTEA NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, item, stage)
);
ALTER TABLE person
  ADD COLUMN tokens_until TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT 'infinity'::timestamptz,
  ADD COLUMN origin TEXT NOT NULL DEFAULT 'staff',
  ADD COLUMN vendor UUID,
  ADD COLUMN team UUID,
  ADD COLUMN paused_until TIMESTAMP WITH TIME ZONE,
  ADD COLUMN status_since TIMESTAMP WITH TIME ZONE,
  ADD COLUMN screened_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN claimed_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN activated_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN ended_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX person_vendor ON person (tenant, vendor) WHERE vendor IS NOT NULL;
CREATE INDEX person_team ON person (tenant, team) WHERE team IS NOT NULL;
ALTER TABLE lane
  ADD COLUMN any_of JSONB NOT NULL DEFAULT '[]'::jsonb,
  ADD COLUMN excludes TEXT[] NOT NULL DEFAULT '{}'::text[];
ALTER TABLE project
  ADD COLUMN data_class TEXT,
  ADD COLUMN conditions JSONB NOT NULL DEFAULT '{}'::jsonb;
ALTER TABLE skill ADD COLUMN kind TEXT NOT NULL DEFAULT 'domain';
ALTER TABLE sequencer ADD COLUMN folded TEXT;
GRANT SELECT, DELETE ON draft TO muster_sequencer;
