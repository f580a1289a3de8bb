-- Frozen on landing; later changes are later migrations.
CREATE TABLE handling (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  step TEXT NOT NULL,
  bucket SMALLINT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (tenant, project, step, bucket)
);
CREATE TABLE laid_aside (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  since TIMESTAMP WITH TIME ZONE,
  ms BIGINT NOT NULL,
  PRIMARY KEY (tenant, lease)
);
