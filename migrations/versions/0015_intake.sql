-- Frozen on landing; later changes are later migrations.
CREATE TABLE intake (
  tenant UUID NOT NULL,
  intake UUID NOT NULL,
  project UUID NOT NULL,
  form TEXT NOT NULL,
  begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  lines BIGINT,
  PRIMARY KEY (tenant, intake)
);
CREATE INDEX intake_project ON intake (tenant, project, intake);
CREATE TABLE item_tag (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  tag TEXT NOT NULL,
  item UUID NOT NULL,
  PRIMARY KEY (tenant, project, tag, item)
);
CREATE INDEX item_tag_item ON item_tag (tenant, item);
CREATE TABLE intake_progress (
  tenant UUID NOT NULL,
  intake UUID NOT NULL,
  options JSONB NOT NULL,
  header TEXT,
  next_line BIGINT NOT NULL,
  created BIGINT NOT NULL,
  known BIGINT NOT NULL,
  refused BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, intake)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0, fillfactor = 60);
CREATE TABLE intake_line (
  tenant UUID NOT NULL,
  intake UUID NOT NULL,
  line BIGINT NOT NULL,
  status TEXT NOT NULL,
  item UUID,
  refusal BYTEA,
  PRIMARY KEY (tenant, intake, line)
);
GRANT SELECT, DELETE ON intake_line TO muster_sequencer;
GRANT SELECT ON intake_progress TO muster_sequencer;
