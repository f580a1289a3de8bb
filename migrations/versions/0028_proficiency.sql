-- Frozen on landing; later changes are later migrations.
DROP TABLE confusion;
DROP TABLE evidence_ten;
DROP TABLE evidence_wrong;
CREATE TABLE evidence (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  piece INTEGER NOT NULL,
  kind TEXT,
  place INTEGER,
  idx BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  fact TEXT NOT NULL,
  stream UUID NOT NULL,
  version INTEGER NOT NULL,
  source TEXT NOT NULL,
  lease UUID,
  attempt UUID,
  correct BOOLEAN,
  score_ppm INTEGER NOT NULL,
  weight DOUBLE PRECISION NOT NULL,
  rate_ppm INTEGER,
  plan_version INTEGER,
  truth_class TEXT,
  answer_class TEXT,
  reviewer UUID,
  dispute UUID,
  PRIMARY KEY (tenant, annotator, skill, piece)
);
CREATE INDEX evidence_place ON evidence (tenant, annotator, skill, kind, place);
CREATE TABLE evidence_weight (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  exam_ppm INTEGER NOT NULL,
  review_ppm INTEGER NOT NULL,
  PRIMARY KEY (tenant, skill)
);
CREATE TABLE evidence_discount (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  flag UUID NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, flag)
);
CREATE TABLE evidence_skill (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  first_at TIMESTAMP WITH TIME ZONE NOT NULL,
  idx BIGINT NOT NULL,
  PRIMARY KEY (tenant, skill)
);
CREATE TABLE proficiency_state (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  shown BOOLEAN NOT NULL,
  a DOUBLE PRECISION NOT NULL,
  b DOUBLE PRECISION NOT NULL,
  n_eff DOUBLE PRECISION NOT NULL,
  scored DOUBLE PRECISION NOT NULL,
  truths TEXT[] NOT NULL,
  answers TEXT[] NOT NULL,
  cells DOUBLE PRECISION[] NOT NULL,
  fresh_a DOUBLE PRECISION NOT NULL,
  fresh_b DOUBLE PRECISION NOT NULL,
  fresh_n_eff DOUBLE PRECISION NOT NULL,
  live DOUBLE PRECISION NOT NULL,
  live_right INTEGER NOT NULL,
  live_total INTEGER NOT NULL,
  cusum DOUBLE PRECISION NOT NULL,
  target DOUBLE PRECISION NOT NULL,
  pieces INTEGER NOT NULL,
  idx BIGINT NOT NULL,
  day DATE,
  fresh_from BIGINT NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, shown)
);
CREATE INDEX proficiency_state_skill ON proficiency_state (tenant, skill);
CREATE TABLE skill_prior (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  a_ppm BIGINT NOT NULL,
  b_ppm BIGINT NOT NULL,
  people INTEGER NOT NULL,
  basis_index BIGINT NOT NULL,
  fitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, skill)
);
DROP TABLE skill_closing;
CREATE TABLE skill_closing (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  why TEXT NOT NULL,
  floor_ppm INTEGER,
  probability_ppm INTEGER,
  correct INTEGER,
  total INTEGER,
  target_ppm INTEGER,
  state_ppm BIGINT,
  bound_ppm BIGINT,
  basis_index BIGINT NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, skill)
);
