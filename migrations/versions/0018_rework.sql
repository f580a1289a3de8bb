-- Frozen on landing; later changes are later migrations.
CREATE TABLE rework (
  tenant UUID NOT NULL,
  rework UUID NOT NULL,
  project UUID NOT NULL,
  state TEXT NOT NULL,
  selection TEXT NOT NULL,
  items INTEGER NOT NULL,
  answers INTEGER NOT NULL,
  people INTEGER NOT NULL,
  decided INTEGER NOT NULL,
  minutes INTEGER NOT NULL,
  reason BYTEA,
  planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, rework)
);
CREATE INDEX rework_project ON rework (tenant, project, rework);
CREATE TABLE rework_item (
  tenant UUID NOT NULL,
  rework UUID NOT NULL,
  item UUID NOT NULL,
  generation SMALLINT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (tenant, rework, item)
);
CREATE INDEX rework_item_item ON rework_item (tenant, item) WHERE state IN ('requeued', 'kept');
