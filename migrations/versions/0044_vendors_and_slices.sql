-- Frozen on landing; later changes are later migrations.
CREATE TABLE vendor_floor (
  tenant UUID NOT NULL,
  vendor_floor UUID NOT NULL,
  vendor UUID,
  skill UUID,
  version INTEGER NOT NULL,
  floor_ppm INTEGER NOT NULL,
  confidence_ppm INTEGER NOT NULL,
  answers_min INTEGER NOT NULL,
  people_min INTEGER NOT NULL,
  days INTEGER NOT NULL,
  mode TEXT NOT NULL,
  set_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, vendor_floor)
);
CREATE TABLE vendor_crossing (
  tenant UUID NOT NULL,
  vendor UUID NOT NULL,
  skill UUID NOT NULL,
  mode TEXT NOT NULL,
  floor_ppm INTEGER NOT NULL,
  confidence_ppm INTEGER NOT NULL,
  probability_ppm INTEGER NOT NULL,
  answers INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  people INTEGER NOT NULL,
  accuracy_ppm INTEGER NOT NULL,
  low_ppm INTEGER NOT NULL,
  high_ppm INTEGER NOT NULL,
  worth_milli INTEGER NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  since_index BIGINT NOT NULL,
  basis_index BIGINT NOT NULL,
  fell_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, vendor, skill, basis_index)
);
CREATE TABLE mislabel_draw (
  tenant UUID NOT NULL,
  rework UUID NOT NULL,
  project UUID NOT NULL,
  seed TEXT NOT NULL,
  items INTEGER NOT NULL,
  drawn_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, rework)
);
CREATE INDEX mislabel_draw_project ON mislabel_draw (tenant, project, rework);
ALTER TABLE result ADD COLUMN result_class TEXT;
CREATE INDEX result_sureness ON result (tenant, project, confidence_ppm, item);
CREATE INDEX result_class_sureness ON result (tenant, project, result_class, confidence_ppm, item);
