-- Frozen on landing; later changes are later migrations.
-- Projections are folded anew: no row has to become a new one.
TRUNCATE escalation;
ALTER TABLE escalation ADD COLUMN code TEXT DEFAULT '' NOT NULL;
ALTER TABLE escalation ADD COLUMN start_by TIMESTAMP WITH TIME ZONE;
ALTER TABLE escalation ADD COLUMN due_by TIMESTAMP WITH TIME ZONE;
ALTER TABLE escalation ADD COLUMN expert_task UUID NOT NULL;
ALTER TABLE escalation ADD COLUMN missed_start_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE escalation ADD COLUMN missed_due_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE escalation ADD COLUMN first_expert UUID;
ALTER TABLE escalation ADD COLUMN first_lease UUID;
ALTER TABLE escalation ADD COLUMN contested_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE escalation ADD COLUMN answer_class TEXT;
CREATE INDEX escalation_project ON escalation (tenant, project, escalation);
CREATE INDEX escalation_start ON escalation (tenant, start_by)
  WHERE resolved_at IS NULL AND start_by IS NOT NULL;
CREATE INDEX escalation_due ON escalation (tenant, due_by)
  WHERE resolved_at IS NULL AND due_by IS NOT NULL;
CREATE TABLE escalation_setting (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  reasons_version INTEGER DEFAULT 0 NOT NULL,
  codes TEXT[] DEFAULT '{}'::text[] NOT NULL,
  reasons BYTEA,
  watched_version INTEGER DEFAULT 0 NOT NULL,
  watched TEXT[] DEFAULT '{}'::text[] NOT NULL,
  labels BYTEA,
  PRIMARY KEY (tenant, project)
);
CREATE TABLE region_verdict (
  tenant UUID NOT NULL,
  review UUID NOT NULL,
  n SMALLINT NOT NULL,
  lease UUID NOT NULL,
  project UUID NOT NULL,
  at TEXT NOT NULL,
  verdict TEXT NOT NULL,
  code TEXT NOT NULL,
  PRIMARY KEY (tenant, review, n)
);
CREATE INDEX region_verdict_project ON region_verdict (tenant, project);
ALTER TABLE answer ADD COLUMN unsure BOOLEAN DEFAULT false NOT NULL;
