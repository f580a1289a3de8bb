-- Frozen on landing; later changes are later migrations.
CREATE TABLE recertification (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  course UUID NOT NULL,
  course_version INTEGER NOT NULL,
  skills UUID[] NOT NULL,
  due TIMESTAMP WITH TIME ZONE NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project, version)
);
CREATE INDEX recertification_course ON recertification (tenant, course);
CREATE TABLE recertified_skill (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, project, version, annotator, skill)
);
CREATE TABLE retraining_rule (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  course UUID,
  below_ppm INTEGER NOT NULL,
  PRIMARY KEY (tenant, skill)
);
CREATE TABLE retraining (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  course UUID NOT NULL,
  why TEXT NOT NULL,
  lower_ppm INTEGER NOT NULL,
  below_ppm INTEGER NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  basis_index BIGINT NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, skill)
);
CREATE INDEX retraining_course ON retraining (tenant, annotator, course);
