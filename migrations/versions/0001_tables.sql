-- The tables of the foundation: frozen on landing; later changes are later migrations.
CREATE TABLE access_entry (
  tenant UUID NOT NULL,
  entry UUID NOT NULL,
  seq BIGINT DEFAULT nextval('access_seq') NOT NULL,
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  epoch INTEGER DEFAULT current_epoch() NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  actor UUID,
  action TEXT NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (tenant, entry)
);
CREATE INDEX access_entry_action ON access_entry (tenant, action, at);
CREATE INDEX access_entry_actor ON access_entry (tenant, actor, at);
CREATE INDEX access_entry_at ON access_entry (tenant, at, entry);
CREATE INDEX access_entry_order ON access_entry (epoch, xid, seq);
CREATE TABLE access_ref (
  tenant UUID NOT NULL,
  ref UUID NOT NULL,
  entry UUID NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, ref, entry)
);
CREATE TABLE agreement (
  tenant UUID NOT NULL,
  agreement UUID NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  text BYTEA NOT NULL,
  PRIMARY KEY (tenant, agreement)
);
CREATE TABLE answer (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  stage TEXT NOT NULL,
  gold UUID,
  answer BYTEA NOT NULL,
  answer_class TEXT,
  answer_token TEXT NOT NULL,
  guideline_version INTEGER NOT NULL,
  client_seconds INTEGER,
  reclaimed BOOLEAN NOT NULL,
  submitted_at TIMESTAMP WITH TIME ZONE NOT NULL,
  rejected BOOLEAN DEFAULT false NOT NULL,
  PRIMARY KEY (tenant, lease)
);
CREATE INDEX answer_project ON answer (tenant, project, item);
CREATE INDEX answer_task ON answer (tenant, task);
CREATE TABLE confusion (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  truth_class TEXT NOT NULL,
  answer_class TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, truth_class, answer_class)
);
CREATE INDEX confusion_skill ON confusion (tenant, skill);
CREATE TABLE course (
  tenant UUID NOT NULL,
  course UUID NOT NULL,
  version INTEGER NOT NULL,
  title TEXT NOT NULL,
  content BYTEA NOT NULL,
  question_count INTEGER NOT NULL,
  exam_gold UUID[] NOT NULL,
  skill UUID,
  pass_mark_ppm INTEGER NOT NULL,
  PRIMARY KEY (tenant, course)
);
CREATE TABLE credential (
  tenant UUID NOT NULL,
  key TEXT NOT NULL,
  principal UUID NOT NULL,
  principal_kind TEXT NOT NULL,
  roles TEXT[] NOT NULL,
  scopes TEXT[] NOT NULL,
  fingerprint BYTEA NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, key)
);
CREATE UNIQUE INDEX credential_key ON credential (key);
CREATE INDEX credential_principal ON credential (tenant, principal);
CREATE TABLE escalation (
  tenant UUID NOT NULL,
  escalation UUID NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  reason TEXT NOT NULL,
  raised_by UUID,
  opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
  expert UUID,
  lease UUID,
  resolved_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, escalation)
);
CREATE INDEX escalation_item ON escalation (tenant, item);
CREATE INDEX escalation_task ON escalation (tenant, task);
CREATE TABLE event (
  tenant UUID NOT NULL,
  stream UUID NOT NULL,
  version INTEGER NOT NULL,
  seq BIGINT DEFAULT nextval('event_seq') NOT NULL,
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  epoch INTEGER DEFAULT current_epoch() NOT NULL,
  type TEXT NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (tenant, stream, version)
);
CREATE INDEX event_order ON event (epoch, xid, seq);
CREATE TABLE event_log (
  tenant UUID NOT NULL,
  idx BIGINT NOT NULL,
  stream UUID NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, idx),
  CONSTRAINT event_log_place UNIQUE (tenant, stream, version)
);
CREATE TABLE gold (
  tenant UUID NOT NULL,
  gold UUID NOT NULL,
  project UUID NOT NULL,
  item UUID NOT NULL,
  truth BYTEA NOT NULL,
  truth_class TEXT,
  exam_only BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, gold)
);
CREATE INDEX gold_project ON gold (tenant, project, gold);
CREATE TABLE idempotency (
  tenant UUID NOT NULL,
  principal UUID NOT NULL,
  idempotency_key TEXT NOT NULL,
  fingerprint BYTEA NOT NULL,
  outcome BYTEA NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, principal, idempotency_key)
);
CREATE INDEX idempotency_at ON idempotency (at);
CREATE TABLE item (
  tenant UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  external_key BYTEA NOT NULL,
  external_key_index BYTEA NOT NULL,
  payload BYTEA NOT NULL,
  imported_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, item),
  CONSTRAINT item_external_key UNIQUE (tenant, project, external_key_index)
);
CREATE TABLE job (
  tenant UUID NOT NULL,
  job UUID NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  args JSONB NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  attempt INTEGER DEFAULT 0 NOT NULL,
  locked_until TIMESTAMP WITH TIME ZONE,
  state TEXT DEFAULT 'due' NOT NULL,
  last_error TEXT,
  PRIMARY KEY (tenant, job)
);
CREATE INDEX job_due ON job (due_at) WHERE state = 'due';
CREATE UNIQUE INDEX job_once ON job (tenant, kind, subject) WHERE state = 'due' AND attempt = 0;
CREATE TABLE keys.data_key (
  tenant UUID NOT NULL,
  key_id UUID NOT NULL,
  scope TEXT NOT NULL,
  scope_id UUID NOT NULL,
  version INTEGER NOT NULL,
  wrapped BYTEA NOT NULL,
  kek_version INTEGER NOT NULL,
  commit BYTEA NOT NULL,
  state TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  destroyed_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, key_id),
  CONSTRAINT data_key_once UNIQUE (tenant, scope, scope_id, version),
  CONSTRAINT data_key_scope CHECK (scope IN ('person', 'project', 'tenant')),
  CONSTRAINT data_key_state CHECK (state IN ('active', 'retired', 'destroyed')),
  CONSTRAINT data_key_destroyed CHECK ((state = 'destroyed') = (length(wrapped) = 0) AND (state = 'destroyed') = (destroyed_at IS NOT NULL))
);
CREATE TABLE lane (
  tenant UUID NOT NULL,
  lane UUID NOT NULL,
  project UUID NOT NULL,
  stage TEXT NOT NULL,
  requires TEXT[] NOT NULL,
  paused BOOLEAN DEFAULT false NOT NULL,
  PRIMARY KEY (tenant, lane)
);
CREATE INDEX lane_project ON lane (tenant, project);
CREATE TABLE late_answer (
  tenant UUID NOT NULL,
  late_answer UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  answer BYTEA NOT NULL,
  kept_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, late_answer)
);
CREATE TABLE lease (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  lane UUID NOT NULL,
  stage TEXT NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  slot SMALLINT NOT NULL,
  ord BIGINT NOT NULL,
  gold UUID,
  guideline_version INTEGER NOT NULL,
  claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  why TEXT NOT NULL,
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
  task UUID NOT NULL,
  item UUID NOT NULL,
  slot SMALLINT NOT NULL,
  ord BIGINT NOT NULL,
  gold UUID,
  guideline_version INTEGER NOT NULL,
  claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  why TEXT NOT NULL,
  how TEXT NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, lease)
);
CREATE UNIQUE INDEX lease_ended_answered ON lease_ended (tenant, task, slot) WHERE how = 'submitted';
CREATE INDEX lease_ended_task ON lease_ended (tenant, task);
CREATE TABLE log_head (
  tenant UUID NOT NULL,
  next_idx BIGINT NOT NULL,
  PRIMARY KEY (tenant)
);
CREATE TABLE open_slot (
  tenant UUID NOT NULL,
  lane UUID NOT NULL,
  ord BIGINT NOT NULL,
  task UUID NOT NULL,
  slot SMALLINT NOT NULL,
  item UUID NOT NULL,
  PRIMARY KEY (tenant, lane, ord, task)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX open_slot_task ON open_slot (tenant, task);
CREATE TABLE person (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  status TEXT NOT NULL,
  reason BYTEA,
  roles TEXT[] NOT NULL,
  tokens TEXT[] NOT NULL,
  open_leases_max SMALLINT DEFAULT 3 NOT NULL,
  name BYTEA,
  email BYTEA,
  email_index BYTEA,
  invited_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator),
  CONSTRAINT person_email UNIQUE (tenant, email_index)
);
CREATE TABLE proficiency (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  source TEXT NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill, source)
);
CREATE INDEX proficiency_skill ON proficiency (tenant, skill);
CREATE TABLE proficiency_shown (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  skill UUID NOT NULL,
  correct INTEGER NOT NULL,
  total INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, skill)
);
CREATE TABLE project (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  name TEXT NOT NULL,
  skill UUID NOT NULL,
  agreements UUID[] NOT NULL,
  courses UUID[] NOT NULL,
  plan JSONB NOT NULL,
  plan_version INTEGER DEFAULT 1 NOT NULL,
  guideline_version INTEGER DEFAULT 0 NOT NULL,
  guideline_sha256 TEXT,
  guideline BYTEA,
  sampling_period INTEGER DEFAULT 0 NOT NULL,
  PRIMARY KEY (tenant, project)
);
CREATE TABLE result (
  tenant UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  task UUID NOT NULL,
  result BYTEA NOT NULL,
  confidence_ppm INTEGER NOT NULL,
  judgments INTEGER NOT NULL,
  basis_index BIGINT NOT NULL,
  decided_by TEXT NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE NOT NULL,
  unreviewed BYTEA,
  unreviewed_task UUID,
  PRIMARY KEY (tenant, item)
);
CREATE INDEX result_project ON result (tenant, project, item);
CREATE TABLE review (
  tenant UUID NOT NULL,
  review UUID NOT NULL,
  lease UUID NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  author UUID NOT NULL,
  period INTEGER NOT NULL,
  rate_ppm INTEGER NOT NULL,
  draw TEXT NOT NULL,
  sampled BOOLEAN NOT NULL,
  verdict TEXT,
  reviewer UUID,
  correction BYTEA,
  given_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, review)
);
CREATE INDEX review_item ON review (tenant, item);
CREATE UNIQUE INDEX review_lease ON review (tenant, lease);
CREATE INDEX review_task ON review (tenant, task);
CREATE TABLE sequencer (
  one SMALLINT NOT NULL,
  epoch INTEGER NOT NULL,
  xid TEXT NOT NULL,
  seq BIGINT NOT NULL,
  cluster TEXT NOT NULL,
  PRIMARY KEY (one)
);
CREATE TABLE skill (
  tenant UUID NOT NULL,
  skill UUID NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (tenant, skill),
  CONSTRAINT skill_name UNIQUE (tenant, name)
);
CREATE TABLE subscription (
  tenant UUID NOT NULL,
  name TEXT NOT NULL,
  next_idx BIGINT NOT NULL,
  PRIMARY KEY (tenant, name)
);
CREATE TABLE task (
  tenant UUID NOT NULL,
  task UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  lane UUID NOT NULL,
  stage TEXT NOT NULL,
  slots SMALLINT NOT NULL,
  first_ord BIGINT NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  subject UUID,
  PRIMARY KEY (tenant, task)
);
CREATE INDEX task_item ON task (tenant, item);
CREATE INDEX task_project ON task (tenant, project, task);
CREATE TABLE throughput (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  hour TIMESTAMP WITH TIME ZONE NOT NULL,
  kind TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (tenant, project, hour, kind)
);
CREATE TABLE worked (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  item UUID NOT NULL,
  as_reviewer BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, annotator, item)
);
