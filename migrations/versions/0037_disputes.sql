-- Frozen on landing; later changes are later migrations.
CREATE TABLE dispute (
  tenant UUID NOT NULL,
  dispute UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  item UUID NOT NULL,
  generation SMALLINT NOT NULL,
  skill UUID NOT NULL,
  source TEXT NOT NULL,
  gold UUID,
  review UUID,
  judged_by UUID,
  keyed_by UUID,
  reason BYTEA NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  holder UUID,
  until TIMESTAMP WITH TIME ZONE,
  outcome TEXT,
  resolved_by UUID,
  resolved_at TIMESTAMP WITH TIME ZONE,
  words BYTEA,
  PRIMARY KEY (tenant, dispute)
);
CREATE INDEX dispute_annotator ON dispute (tenant, annotator, dispute);
CREATE INDEX dispute_gold ON dispute (tenant, gold) WHERE gold IS NOT NULL;
CREATE UNIQUE INDEX dispute_lease ON dispute (tenant, lease);
CREATE INDEX dispute_open ON dispute (tenant, opened_at) WHERE outcome IS NULL;
CREATE INDEX dispute_project ON dispute (tenant, project, dispute);
CREATE TABLE gold_disclosed (
  tenant UUID NOT NULL,
  gold UUID NOT NULL,
  project UUID NOT NULL,
  item UUID NOT NULL,
  truth BYTEA NOT NULL,
  explanation BYTEA NOT NULL,
  disclosed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, gold)
);
CREATE TABLE feedback_setting (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  review_notes BOOLEAN NOT NULL,
  corrections BOOLEAN NOT NULL,
  dispute_days INTEGER NOT NULL,
  PRIMARY KEY (tenant, project)
);
