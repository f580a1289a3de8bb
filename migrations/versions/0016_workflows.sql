-- Frozen on landing; later changes are later migrations.
CREATE TABLE workflow (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  first TEXT[] NOT NULL,
  steps JSONB NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project, version)
);
