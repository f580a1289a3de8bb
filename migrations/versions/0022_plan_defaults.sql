-- Frozen on landing; later changes are later migrations.
ALTER TABLE project ADD COLUMN plan_own TEXT[] DEFAULT '{}'::text[] NOT NULL;
CREATE TABLE plan_default (
  tenant UUID NOT NULL,
  plan JSONB NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant)
);
