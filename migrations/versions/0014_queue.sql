-- Frozen on landing; later changes are later migrations. What is folded anew after a migration is made anew here.
ALTER TABLE lane
  ADD COLUMN step TEXT NOT NULL DEFAULT '',
  ADD COLUMN priority SMALLINT NOT NULL DEFAULT 2,
  ADD COLUMN needs JSONB NOT NULL DEFAULT '{}'::jsonb,
  ADD COLUMN edge_case BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE project
  ADD COLUMN queue JSONB NOT NULL DEFAULT '{}'::jsonb,
  ADD COLUMN queue_version INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN workflow_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE item
  ADD COLUMN tags TEXT[] NOT NULL DEFAULT '{}'::text[],
  ADD COLUMN edge_case BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN priority SMALLINT NOT NULL DEFAULT 2,
  ADD COLUMN deadline TIMESTAMP WITH TIME ZONE,
  ADD COLUMN needs JSONB NOT NULL DEFAULT '{}'::jsonb,
  ADD COLUMN item_group UUID,
  ADD COLUMN generation SMALLINT NOT NULL DEFAULT 1;
CREATE INDEX item_project ON item (tenant, project, item);
CREATE INDEX item_tags ON item USING gin (tags) WHERE tags <> '{}'::text[];
ALTER TABLE task
  ADD COLUMN step TEXT NOT NULL DEFAULT '',
  ADD COLUMN priority SMALLINT NOT NULL DEFAULT 2,
  ADD COLUMN deadline TIMESTAMP WITH TIME ZONE,
  ADD COLUMN generation SMALLINT NOT NULL DEFAULT 1,
  ADD COLUMN item_group UUID,
  ADD COLUMN workflow_version INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN rework UUID,
  ADD COLUMN held_code TEXT,
  ADD COLUMN state_before TEXT;
CREATE INDEX task_deadline ON task (tenant, deadline)
  WHERE deadline IS NOT NULL AND state = 'open' AND priority > 1;
CREATE INDEX task_lane_deadline ON task (tenant, lane, deadline) WHERE deadline IS NOT NULL AND state = 'open';
CREATE INDEX task_rework ON task (tenant, rework) WHERE rework IS NOT NULL;
CREATE INDEX task_held ON task (tenant, project, task) WHERE state = 'held';
ALTER TABLE answer
  ADD COLUMN step TEXT NOT NULL DEFAULT '',
  ADD COLUMN generation SMALLINT NOT NULL DEFAULT 1;
ALTER TABLE result
  ADD COLUMN generation SMALLINT NOT NULL DEFAULT 1,
  ADD COLUMN rework UUID;
DROP TABLE open_slot;
DROP TABLE worked;
DROP TABLE lease;
DROP TABLE lease_ended;
CREATE TABLE lane_ring (
  tenant UUID NOT NULL,
  lane UUID NOT NULL,
  ring SMALLINT NOT NULL,
  after_seconds INTEGER NOT NULL,
  requires TEXT[] NOT NULL,
  any_of JSONB NOT NULL,
  excludes TEXT[] NOT NULL,
  PRIMARY KEY (tenant, lane, ring)
);
CREATE TABLE lane_catalogue (
  tenant UUID NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (tenant)
);
CREATE TABLE open_slot (
  tenant UUID NOT NULL,
  lane UUID NOT NULL,
  ord BIGINT NOT NULL,
  task UUID NOT NULL,
  slot SMALLINT NOT NULL,
  item UUID NOT NULL,
  generation SMALLINT NOT NULL,
  item_group UUID,
  PRIMARY KEY (tenant, lane, ord, task)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX open_slot_group ON open_slot (tenant, lane, item_group) WHERE item_group IS NOT NULL;
CREATE INDEX open_slot_task ON open_slot (tenant, task);
CREATE TABLE held_slot (
  tenant UUID NOT NULL,
  task UUID NOT NULL,
  slot SMALLINT NOT NULL,
  lane UUID NOT NULL,
  ord BIGINT NOT NULL,
  item UUID NOT NULL,
  generation SMALLINT NOT NULL,
  item_group UUID,
  PRIMARY KEY (tenant, task, slot)
);
CREATE TABLE worked (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  item UUID NOT NULL,
  generation SMALLINT NOT NULL,
  as_reviewer BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, annotator, item, generation)
);
CREATE TABLE lease (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  lane UUID NOT NULL,
  stage TEXT NOT NULL,
  step TEXT NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  slot SMALLINT NOT NULL,
  ord BIGINT NOT NULL,
  generation SMALLINT NOT NULL,
  gold UUID,
  guideline_version INTEGER NOT NULL,
  ring SMALLINT NOT NULL,
  priority SMALLINT NOT NULL,
  item_group UUID,
  assigned BOOLEAN NOT NULL,
  again BOOLEAN NOT NULL,
  start_by TIMESTAMP WITH TIME ZONE,
  hard_until TIMESTAMP WITH TIME ZONE,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  why TEXT NOT NULL,
  claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  state TEXT NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, lease)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0, fillfactor = 60);
CREATE INDEX lease_annotator ON lease (tenant, annotator);
CREATE UNIQUE INDEX lease_slot ON lease (tenant, task, slot);
CREATE TABLE lease_ended (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  lane UUID NOT NULL,
  stage TEXT NOT NULL,
  step TEXT NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  slot SMALLINT NOT NULL,
  ord BIGINT NOT NULL,
  generation SMALLINT NOT NULL,
  gold UUID,
  guideline_version INTEGER NOT NULL,
  ring SMALLINT NOT NULL,
  priority SMALLINT NOT NULL,
  item_group UUID,
  assigned BOOLEAN NOT NULL,
  again BOOLEAN NOT NULL,
  start_by TIMESTAMP WITH TIME ZONE,
  hard_until TIMESTAMP WITH TIME ZONE,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  why TEXT NOT NULL,
  claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  state TEXT NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE,
  how TEXT NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
  counts BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, lease)
);
CREATE INDEX lease_ended_annotator ON lease_ended (tenant, annotator, ended_at);
CREATE UNIQUE INDEX lease_ended_answered ON lease_ended (tenant, task, slot) WHERE how = 'submitted';
CREATE INDEX lease_ended_task ON lease_ended (tenant, task);
CREATE TABLE step_result (
  tenant UUID NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  step TEXT NOT NULL,
  generation SMALLINT NOT NULL,
  result BYTEA NOT NULL,
  result_token TEXT NOT NULL,
  confidence_ppm INTEGER NOT NULL,
  judgments INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, task)
);
CREATE INDEX step_result_item ON step_result (tenant, item);
GRANT DELETE ON job TO muster_sequencer;
DROP POLICY presented_key ON credential;
CREATE POLICY presented_key ON credential FOR SELECT
  USING (key = ANY (string_to_array(current_setting('app.key', true), ',')));
