-- Frozen on landing; later changes are later migrations.
CREATE TABLE milestone (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  invited_at TIMESTAMP WITH TIME ZONE,
  claimed_at TIMESTAMP WITH TIME ZONE,
  screened_at TIMESTAMP WITH TIME ZONE,
  signed_at TIMESTAMP WITH TIME ZONE,
  trained_at TIMESTAMP WITH TIME ZONE,
  activated_at TIMESTAMP WITH TIME ZONE,
  first_answer_at TIMESTAMP WITH TIME ZONE,
  tenth_answer_at TIMESTAMP WITH TIME ZONE,
  last_at TIMESTAMP WITH TIME ZONE,
  answers INTEGER DEFAULT 0 NOT NULL,
  PRIMARY KEY (tenant, annotator)
);
CREATE TABLE stay (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  joined_at TIMESTAMP WITH TIME ZONE NOT NULL,
  left_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, annotator, joined_at)
);
CREATE TABLE work_done (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  hour TIMESTAMP WITH TIME ZONE NOT NULL,
  project UUID NOT NULL,
  answers INTEGER NOT NULL,
  reviews INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, hour, project)
);
CREATE INDEX work_done_hour ON work_done (tenant, hour);
CREATE TABLE ramp (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  bucket TEXT NOT NULL,
  month TIMESTAMP WITH TIME ZONE NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, bucket, month)
);
CREATE TABLE evidence_hour (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  hour TIMESTAMP WITH TIME ZONE NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, hour)
);
CREATE TABLE evidence_ten (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  ten INTEGER NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  reviews INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, ten)
);
CREATE TABLE evidence_wrong (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  piece INTEGER NOT NULL,
  lease UUID NOT NULL,
  source TEXT NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, piece)
);
