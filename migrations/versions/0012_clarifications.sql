-- Frozen on landing; later changes are later migrations.
CREATE TABLE clarification (
  tenant UUID NOT NULL,
  clarification UUID NOT NULL,
  project UUID NOT NULL,
  annotator UUID NOT NULL,
  lease UUID,
  text BYTEA NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
  closed_at TIMESTAMP WITH TIME ZONE,
  closed_by UUID,
  shared BOOLEAN DEFAULT false NOT NULL,
  PRIMARY KEY (tenant, clarification)
);
CREATE INDEX clarification_newest ON clarification (tenant, project, asked_at, clarification);
CREATE TABLE clarification_reply (
  tenant UUID NOT NULL,
  clarification UUID NOT NULL,
  n INTEGER NOT NULL,
  reply UUID NOT NULL,
  said_by UUID NOT NULL,
  text BYTEA NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, clarification, n)
);
