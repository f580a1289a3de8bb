-- Frozen on landing; later changes are later migrations.
CREATE TABLE agreement_version (
  tenant UUID NOT NULL,
  agreement UUID NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  language TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  material BOOLEAN NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  effective_at TIMESTAMP WITH TIME ZONE NOT NULL,
  deadline TIMESTAMP WITH TIME ZONE NOT NULL,
  resign_by TIMESTAMP WITH TIME ZONE,
  scope TEXT NOT NULL,
  data_class TEXT,
  valid_days INTEGER,
  countersigned BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, agreement, version)
);
CREATE TABLE agreement_text (
  tenant UUID NOT NULL,
  agreement UUID NOT NULL,
  version INTEGER NOT NULL,
  language TEXT NOT NULL,
  place SMALLINT NOT NULL,
  sha256 TEXT NOT NULL,
  text BYTEA NOT NULL,
  PRIMARY KEY (tenant, agreement, version, language)
);
CREATE TABLE signature (
  tenant UUID NOT NULL,
  agreement UUID NOT NULL,
  annotator UUID NOT NULL,
  version INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  language TEXT NOT NULL,
  state TEXT NOT NULL,
  signed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  superseded_by INTEGER,
  PRIMARY KEY (tenant, agreement, annotator, version)
);
CREATE INDEX signature_annotator ON signature (tenant, annotator);
