-- Frozen on landing; later changes are later migrations.
CREATE TABLE iteration (
  tenant UUID NOT NULL,
  iteration UUID NOT NULL,
  project UUID NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  items INTEGER NOT NULL,
  agreement_ppm INTEGER,
  accepted_ppm INTEGER,
  due TIMESTAMP WITH TIME ZONE,
  planned_at TIMESTAMP WITH TIME ZONE NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  reached TEXT,
  unmet TEXT[],
  reason BYTEA,
  PRIMARY KEY (tenant, iteration)
);
CREATE INDEX iteration_project ON iteration (tenant, project, iteration);
CREATE TABLE iteration_item (
  tenant UUID NOT NULL,
  item UUID NOT NULL,
  iteration UUID NOT NULL,
  PRIMARY KEY (tenant, item)
);
CREATE INDEX iteration_item_iteration ON iteration_item (tenant, iteration, item);
