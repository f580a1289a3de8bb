-- Frozen on landing; later changes are later migrations.
CREATE TABLE announcement (
  tenant UUID NOT NULL,
  announcement UUID NOT NULL,
  audience TEXT NOT NULL,
  about UUID,
  title BYTEA NOT NULL,
  text BYTEA NOT NULL,
  published_by UUID NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, announcement)
);
CREATE INDEX announcement_newest ON announcement (tenant, published_at, announcement);
CREATE TABLE announcement_person (
  tenant UUID NOT NULL,
  announcement UUID NOT NULL,
  annotator UUID NOT NULL,
  PRIMARY KEY (tenant, announcement, annotator)
);
CREATE TABLE announcement_receipt (
  tenant UUID NOT NULL,
  announcement UUID NOT NULL,
  annotator UUID NOT NULL,
  read_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, announcement, annotator)
);
