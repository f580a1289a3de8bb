-- Frozen on landing; later changes are later migrations.
CREATE TABLE flag (
  tenant UUID NOT NULL,
  flag UUID NOT NULL,
  stream UUID NOT NULL,
  annotator UUID NOT NULL,
  other UUID,
  skill UUID NOT NULL,
  project UUID,
  kind TEXT NOT NULL,
  amount INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  threshold TEXT NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  basis_index BIGINT NOT NULL,
  raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decision TEXT,
  settled_by UUID,
  settled_at TIMESTAMP WITH TIME ZONE,
  reason BYTEA,
  people UUID[] DEFAULT '{}'::uuid[] NOT NULL,
  people_since TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, flag)
);
CREATE INDEX flag_open ON flag (tenant, flag) WHERE decision IS NULL;
CREATE INDEX flag_annotator ON flag (tenant, annotator, flag);
CREATE TABLE answers_discounted (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  flag UUID NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, flag)
);
