-- Frozen on landing; later changes are later migrations.
ALTER TABLE project ADD COLUMN gate UUID;
CREATE TABLE pilot (
  tenant UUID NOT NULL,
  pilot UUID NOT NULL,
  project UUID NOT NULL,
  number INTEGER NOT NULL,
  sample UUID NOT NULL,
  rest UUID NOT NULL,
  seed TEXT NOT NULL,
  matched INTEGER NOT NULL,
  drawn INTEGER NOT NULL,
  digest TEXT NOT NULL,
  targets_version INTEGER NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  measured TEXT,
  basis_index INTEGER,
  judged_at TIMESTAMP WITH TIME ZONE,
  reason BYTEA,
  begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, pilot)
);
CREATE INDEX pilot_project ON pilot (tenant, project, number);
CREATE INDEX pilot_rest ON pilot (tenant, rest);
CREATE TABLE delivery (
  tenant UUID NOT NULL,
  delivery UUID NOT NULL,
  project UUID NOT NULL,
  number INTEGER NOT NULL,
  iteration UUID,
  items INTEGER NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT NOT NULL,
  measured TEXT NOT NULL,
  targets_version INTEGER NOT NULL,
  basis_index INTEGER NOT NULL,
  reason BYTEA,
  prepared_at TIMESTAMP WITH TIME ZONE NOT NULL,
  settled_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, delivery)
);
CREATE INDEX delivery_project ON delivery (tenant, project, number);
CREATE TABLE delivery_item (
  tenant UUID NOT NULL,
  item UUID NOT NULL,
  delivery UUID NOT NULL,
  PRIMARY KEY (tenant, item)
);
CREATE INDEX delivery_item_delivery ON delivery_item (tenant, delivery, item);
