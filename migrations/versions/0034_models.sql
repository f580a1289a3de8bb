-- Frozen on landing; later changes are later migrations.
CREATE TABLE model (
  tenant UUID NOT NULL,
  model UUID NOT NULL,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  notes BYTEA,
  registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  retired_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, model),
  CONSTRAINT model_name UNIQUE (tenant, name, version)
);
CREATE TABLE model_routing (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  version INTEGER NOT NULL,
  said TEXT NOT NULL,
  set_by UUID NOT NULL,
  set_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project, version)
);
CREATE TABLE prediction (
  tenant UUID NOT NULL,
  prediction UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  task UUID,
  model UUID NOT NULL,
  answer BYTEA NOT NULL,
  answer_class TEXT,
  answer_token TEXT NOT NULL,
  confidence_ppm INTEGER NOT NULL,
  routed TEXT NOT NULL,
  rule TEXT NOT NULL,
  threshold_ppm INTEGER,
  routing_version INTEGER NOT NULL,
  audit_ppm INTEGER NOT NULL,
  period INTEGER NOT NULL,
  draw TEXT NOT NULL,
  parallel BOOLEAN NOT NULL,
  fallback TEXT NOT NULL,
  predicted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  correct BOOLEAN,
  score_ppm INTEGER,
  truth_class TEXT,
  truth_by TEXT,
  compared_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, prediction)
);
CREATE INDEX prediction_item ON prediction (tenant, item);
CREATE INDEX prediction_project ON prediction (tenant, project, item);
CREATE INDEX prediction_compared ON prediction (tenant, model, compared_at) WHERE compared_at IS NOT NULL;
