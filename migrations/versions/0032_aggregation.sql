-- Frozen on landing; later changes are later migrations.
CREATE TABLE calibration (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  temperature_ppm INTEGER NOT NULL,
  audited INTEGER NOT NULL,
  basis_index BIGINT NOT NULL,
  calibrated_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project)
);
