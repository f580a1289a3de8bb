-- Frozen on landing; later changes are later migrations.
ALTER TABLE course
  ADD COLUMN modules JSONB NOT NULL DEFAULT '[]'::jsonb,
  ADD COLUMN prerequisites UUID[] NOT NULL DEFAULT '{}'::uuid[],
  ADD COLUMN attempts_max INTEGER,
  ADD COLUMN retry_minutes INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN valid_days INTEGER,
  ADD COLUMN level INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN minutes_max INTEGER,
  ADD COLUMN sample INTEGER;
CREATE TABLE enrolment (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  course UUID NOT NULL,
  assigned_at TIMESTAMP WITH TIME ZONE,
  because TEXT,
  project UUID,
  tried_at TIMESTAMP WITH TIME ZONE,
  attempts INTEGER NOT NULL DEFAULT 0,
  passed_version INTEGER,
  passed_at TIMESTAMP WITH TIME ZONE,
  until TIMESTAMP WITH TIME ZONE,
  lapsed_at TIMESTAMP WITH TIME ZONE,
  open_attempt UUID,
  open_until TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, annotator, course)
);
CREATE INDEX enrolment_course ON enrolment (tenant, course);
CREATE INDEX enrolment_open ON enrolment (tenant, open_until) WHERE open_until IS NOT NULL;
CREATE TABLE guideline (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  text BYTEA NOT NULL,
  delta_course UUID,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project, version)
);
CREATE TABLE acknowledgement (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  annotator UUID NOT NULL,
  version INTEGER NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project, annotator, version)
);
CREATE INDEX acknowledgement_version ON acknowledgement (tenant, project, version);
