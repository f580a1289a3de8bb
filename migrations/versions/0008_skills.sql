-- Frozen on landing; later changes are later migrations.
CREATE TABLE skill_held (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  source TEXT NOT NULL,
  level SMALLINT NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, source)
);
CREATE INDEX skill_held_skill ON skill_held (tenant, skill);
CREATE INDEX skill_held_until ON skill_held (tenant, until) WHERE until IS NOT NULL;
CREATE TABLE skill_closing (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  floor_ppm INTEGER NOT NULL,
  probability_ppm INTEGER NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  basis_index BIGINT NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, skill)
);
-- Evidence has a weight by its source, so errors and what a person sees are now counted by source too.
DROP TABLE confusion;
DROP TABLE proficiency_shown;
CREATE TABLE confusion (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  source TEXT NOT NULL,
  truth_class TEXT NOT NULL,
  answer_class TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, source, truth_class, answer_class)
);
CREATE INDEX confusion_skill ON confusion (tenant, skill);
CREATE TABLE proficiency_shown (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  source TEXT NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, source)
);
