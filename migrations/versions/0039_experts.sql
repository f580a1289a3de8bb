-- Frozen on landing; later changes are later migrations.
CREATE TABLE double_review (
  tenant UUID NOT NULL,
  escalation UUID NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  expert UUID NOT NULL,
  lease UUID NOT NULL,
  period INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  draw TEXT NOT NULL,
  sampled BOOLEAN NOT NULL,
  drawn_at TIMESTAMP WITH TIME ZONE NOT NULL,
  second UUID,
  second_lease UUID,
  third UUID,
  third_lease UUID,
  outcome TEXT,
  corrected BOOLEAN,
  closed_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, escalation)
);
CREATE INDEX double_review_period ON double_review (tenant, project, period, lease);
