-- Frozen on landing; later changes are later migrations.
CREATE TABLE availability (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  activity TEXT NOT NULL DEFAULT 'available',
  activity_since TIMESTAMP WITH TIME ZONE,
  time_zone TEXT NOT NULL DEFAULT 'UTC',
  hours JSONB NOT NULL DEFAULT '[]'::jsonb,
  exceptions JSONB NOT NULL DEFAULT '[]'::jsonb,
  enforced BOOLEAN NOT NULL DEFAULT false,
  schedule_version INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, annotator)
);
CREATE TABLE work_limit (
  tenant UUID NOT NULL,
  holder UUID NOT NULL,
  kind TEXT NOT NULL,
  continuous_minutes SMALLINT,
  break_minutes SMALLINT,
  day_minutes SMALLINT,
  week_minutes SMALLINT,
  rest_minutes SMALLINT,
  open_leases_max SMALLINT,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, holder)
);
CREATE INDEX work_limit_project ON work_limit (tenant, holder) WHERE kind = 'project';
CREATE TABLE work_time (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  quarter TIMESTAMP WITH TIME ZONE NOT NULL,
  project UUID NOT NULL,
  raw_ms BIGINT NOT NULL,
  counted_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant, annotator, quarter, project)
);
CREATE TABLE presence (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  day_since TIMESTAMP WITH TIME ZONE NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0, fillfactor = 60);
CREATE TABLE work_pending (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  begins TIMESTAMP WITH TIME ZONE,
  raw_ms BIGINT NOT NULL,
  counted_ms BIGINT NOT NULL,
  PRIMARY KEY (tenant, annotator, project)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0, fillfactor = 60);
