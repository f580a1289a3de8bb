-- Frozen on landing; later changes are later migrations.
CREATE INDEX lease_ended_when ON lease_ended USING brin (ended_at) WITH (autosummarize = on);
CREATE TABLE staff_rate (
  tenant UUID NOT NULL,
  staff_rate UUID NOT NULL,
  effective DATE NOT NULL,
  project UUID NOT NULL,
  stage TEXT,
  per TEXT NOT NULL,
  amount_minor BIGINT,
  currency TEXT NOT NULL,
  set_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, staff_rate, effective)
);
