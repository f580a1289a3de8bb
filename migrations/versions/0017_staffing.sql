-- Frozen on landing; later changes are later migrations.
CREATE TABLE queue_default (
  tenant UUID NOT NULL,
  settings JSONB NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant)
);
CREATE TABLE staffing (
  tenant UUID NOT NULL,
  staffing UUID NOT NULL,
  holder TEXT NOT NULL,
  starts TIMESTAMP WITH TIME ZONE NOT NULL,
  ends TIMESTAMP WITH TIME ZONE NOT NULL,
  shares JSONB NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, staffing)
);
CREATE INDEX staffing_ends ON staffing (tenant, ends);
CREATE TABLE quota (
  tenant UUID NOT NULL,
  quota UUID NOT NULL,
  project UUID,
  annotator UUID,
  per_day INTEGER NOT NULL,
  PRIMARY KEY (tenant, quota)
);
