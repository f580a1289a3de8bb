-- Frozen on landing; later changes are later migrations.
CREATE TABLE gold_watch (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  begins TIMESTAMP WITH TIME ZONE NOT NULL,
  looked_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, project)
);
CREATE TABLE gold_gone (
  tenant UUID NOT NULL,
  gold UUID NOT NULL,
  retired_at TIMESTAMP WITH TIME ZONE NOT NULL,
  project UUID NOT NULL,
  item UUID NOT NULL,
  why TEXT NOT NULL,
  answers INTEGER NOT NULL,
  disagreed INTEGER NOT NULL,
  statistic TEXT NOT NULL,
  threshold TEXT NOT NULL,
  sign_answers INTEGER NOT NULL,
  rule_version INTEGER,
  basis_index BIGINT NOT NULL,
  put_back_at TIMESTAMP WITH TIME ZONE,
  put_back_by UUID,
  PRIMARY KEY (tenant, gold, retired_at)
);
CREATE INDEX gold_gone_project ON gold_gone (tenant, project, retired_at, gold);
