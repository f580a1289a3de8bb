-- Frozen on landing; later changes are later migrations.
-- Projections are folded anew: no row has to become a new one.
TRUNCATE review;
ALTER TABLE review ADD COLUMN reason TEXT NOT NULL;
ALTER TABLE review ADD COLUMN answer_class TEXT;
ALTER TABLE review ADD COLUMN risk_ppm INTEGER;
ALTER TABLE review ADD COLUMN threshold_ppm INTEGER;
ALTER TABLE review ADD COLUMN basis_index BIGINT NOT NULL;
ALTER TABLE review ADD COLUMN passed BOOLEAN;
CREATE INDEX review_period ON review (tenant, project, period, lease);
CREATE TABLE audit_floor (
  tenant UUID NOT NULL,
  floor_ppm INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant)
);
CREATE TABLE review_project (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  skill UUID NOT NULL,
  mode TEXT NOT NULL,
  target_ppm INTEGER NOT NULL,
  first INTEGER NOT NULL,
  floor_ppm INTEGER NOT NULL,
  clearance INTEGER NOT NULL,
  lot_size INTEGER NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  items BIGINT NOT NULL,
  expected DOUBLE PRECISION NOT NULL,
  found DOUBLE PRECISION NOT NULL,
  weight DOUBLE PRECISION NOT NULL,
  traffic DOUBLE PRECISION[] NOT NULL,
  audit_errors DOUBLE PRECISION NOT NULL,
  audit_total DOUBLE PRECISION NOT NULL,
  severity TEXT NOT NULL,
  rejections BOOLEAN[] NOT NULL,
  score INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  lot INTEGER NOT NULL,
  PRIMARY KEY (tenant, project)
);
CREATE TABLE review_skill (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  errors DOUBLE PRECISION NOT NULL,
  total DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (tenant, skill)
);
CREATE TABLE review_class (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  answer_class TEXT NOT NULL,
  errors DOUBLE PRECISION NOT NULL,
  total DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (tenant, skill, answer_class)
);
CREATE TABLE review_person (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  seen BIGINT NOT NULL,
  closer INTEGER NOT NULL,
  errors DOUBLE PRECISION NOT NULL,
  total DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (tenant, annotator, skill)
);
CREATE TABLE review_stratum (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  answer_class TEXT NOT NULL,
  errors DOUBLE PRECISION NOT NULL,
  total DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, answer_class)
);
CREATE TABLE review_run (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  phase TEXT NOT NULL,
  run INTEGER NOT NULL,
  clearance INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  grace INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, project)
);
CREATE TABLE review_lot (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  lot INTEGER NOT NULL,
  size INTEGER NOT NULL,
  severity TEXT NOT NULL,
  sample INTEGER,
  acceptance INTEGER,
  tighter INTEGER,
  answers INTEGER NOT NULL,
  sampled INTEGER NOT NULL,
  given INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  accepted BOOLEAN,
  PRIMARY KEY (tenant, project, lot)
);
CREATE TABLE review_awaited (
  tenant UUID NOT NULL,
  review UUID NOT NULL,
  project UUID NOT NULL,
  risk_ppm INTEGER,
  lot INTEGER NOT NULL,
  PRIMARY KEY (tenant, review)
);
CREATE TABLE review_passed_over (
  tenant UUID NOT NULL,
  review UUID NOT NULL,
  project UUID NOT NULL,
  lot INTEGER NOT NULL,
  PRIMARY KEY (tenant, review)
);
CREATE INDEX review_passed_over_lot ON review_passed_over (tenant, project, lot);
CREATE TABLE planted_subject (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  task UUID NOT NULL,
  gold UUID NOT NULL,
  annotator UUID NOT NULL,
  correct BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, lease)
);
CREATE INDEX planted_subject_task ON planted_subject (tenant, task);
CREATE INDEX planted_subject_gold ON planted_subject (tenant, gold, correct);
CREATE TABLE planted (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  reviewer UUID NOT NULL,
  project UUID NOT NULL,
  skill UUID NOT NULL,
  gold UUID NOT NULL,
  subject UUID NOT NULL,
  error BOOLEAN NOT NULL,
  found BOOLEAN NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, lease)
);
CREATE INDEX planted_project ON planted (tenant, project);
