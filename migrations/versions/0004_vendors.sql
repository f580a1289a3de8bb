-- Frozen on landing; later changes are later migrations.
CREATE TABLE vendor (
  tenant UUID NOT NULL,
  vendor UUID NOT NULL,
  name BYTEA NOT NULL,
  name_index BYTEA NOT NULL,
  status TEXT NOT NULL,
  reason BYTEA,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, vendor),
  CONSTRAINT vendor_name UNIQUE (tenant, name_index)
);
CREATE TABLE team (
  tenant UUID NOT NULL,
  team UUID NOT NULL,
  name BYTEA NOT NULL,
  name_index BYTEA NOT NULL,
  vendor UUID,
  PRIMARY KEY (tenant, team),
  CONSTRAINT team_name UNIQUE (tenant, name_index)
);
CREATE TABLE compliance (
  tenant UUID NOT NULL,
  record UUID NOT NULL,
  kind TEXT NOT NULL,
  vendor UUID,
  annotator UUID,
  evidence BYTEA NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  reason BYTEA,
  PRIMARY KEY (tenant, record)
);
CREATE INDEX compliance_annotator ON compliance (tenant, annotator) WHERE ended_at IS NULL;
CREATE INDEX compliance_vendor ON compliance (tenant, vendor) WHERE ended_at IS NULL;
CREATE TABLE onboarding (
  tenant UUID NOT NULL,
  version INTEGER NOT NULL,
  checks TEXT[] NOT NULL,
  approval BOOLEAN NOT NULL,
  agreements UUID[] NOT NULL,
  courses UUID[] NOT NULL,
  PRIMARY KEY (tenant, version)
);
CREATE INDEX person_paused ON person (tenant, paused_until) WHERE status = 'paused';
ALTER TABLE credential ADD COLUMN vendor UUID, ADD COLUMN team UUID;
