-- Frozen on landing; later changes are later migrations.
ALTER TABLE skill ADD COLUMN below_floor TEXT NOT NULL DEFAULT 'close_skill';
ALTER TABLE project ADD COLUMN diversity TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN diversity TEXT NOT NULL DEFAULT '';
ALTER TABLE pilot ADD COLUMN diversity TEXT;
CREATE TABLE vendor_rate (
  tenant UUID NOT NULL,
  vendor_rate UUID NOT NULL,
  effective DATE NOT NULL,
  vendor UUID NOT NULL,
  skill UUID,
  stage TEXT,
  per TEXT NOT NULL,
  amount_minor BIGINT,
  currency TEXT NOT NULL,
  set_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, vendor_rate, effective)
);
CREATE TABLE vendor_score_weight (
  tenant UUID NOT NULL,
  version INTEGER NOT NULL,
  accuracy_ppm INTEGER NOT NULL,
  speed_ppm INTEGER NOT NULL,
  cost_ppm INTEGER NOT NULL,
  PRIMARY KEY (tenant)
);
