-- Frozen on landing; later changes are later migrations.
CREATE TABLE routine (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  kind TEXT NOT NULL,
  next_ends TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, project, kind)
);
CREATE TABLE routine_period (
  tenant UUID NOT NULL,
  period UUID NOT NULL,
  project UUID NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  begins TIMESTAMP WITH TIME ZONE NOT NULL,
  ends TIMESTAMP WITH TIME ZONE NOT NULL,
  met BOOLEAN NOT NULL,
  numbers TEXT NOT NULL,
  judged_at TIMESTAMP WITH TIME ZONE NOT NULL,
  acknowledged_by UUID,
  acknowledged_at TIMESTAMP WITH TIME ZONE,
  note BYTEA,
  PRIMARY KEY (tenant, period)
);
CREATE INDEX routine_period_missed ON routine_period (tenant, ends, period) WHERE NOT met;
CREATE INDEX routine_period_project ON routine_period (tenant, project, begins, period);
CREATE TABLE drift_signal (
  tenant UUID NOT NULL,
  signal UUID NOT NULL,
  project UUID NOT NULL,
  source TEXT NOT NULL,
  source_id TEXT NOT NULL,
  metric TEXT NOT NULL,
  value TEXT NOT NULL,
  threshold TEXT,
  window_since TIMESTAMP WITH TIME ZONE,
  window_until TIMESTAMP WITH TIME ZONE,
  said BYTEA NOT NULL,
  outcome TEXT NOT NULL,
  iteration UUID,
  bulk UUID,
  prioritising UUID,
  selection TEXT,
  seed TEXT,
  digest TEXT,
  matched INTEGER NOT NULL,
  taken INTEGER NOT NULL,
  created INTEGER NOT NULL,
  known INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  after UUID,
  by UUID NOT NULL,
  signalled_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, signal)
);
CREATE INDEX drift_signal_project ON drift_signal (tenant, project, signalled_at, signal);
CREATE TABLE drift_rule (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  mode TEXT NOT NULL,
  cooldown_hours INTEGER NOT NULL,
  PRIMARY KEY (tenant, project)
);
