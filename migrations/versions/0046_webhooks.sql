-- Frozen on landing; later changes are later migrations.
CREATE TABLE webhook (
  tenant UUID NOT NULL,
  webhook UUID NOT NULL,
  project UUID,
  version INTEGER NOT NULL,
  name BYTEA NOT NULL,
  url BYTEA NOT NULL,
  secret BYTEA NOT NULL,
  previous BYTEA,
  previous_until TIMESTAMP WITH TIME ZONE,
  kinds TEXT[] NOT NULL,
  with_answers BOOLEAN NOT NULL,
  at_once INTEGER NOT NULL,
  from_index BIGINT NOT NULL,
  sponsor UUID NOT NULL,
  key TEXT,
  paused TEXT,
  retired BOOLEAN NOT NULL,
  registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, webhook)
);
CREATE TABLE webhook_outbox (
  tenant UUID NOT NULL,
  webhook UUID NOT NULL,
  next_idx BIGINT NOT NULL,
  open BOOLEAN NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  rests_until TIMESTAMP WITH TIME ZONE,
  wake_at TIMESTAMP WITH TIME ZONE,
  held_by UUID,
  held_until TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, webhook)
);
CREATE TABLE webhook_delivery (
  tenant UUID NOT NULL,
  delivery UUID NOT NULL,
  webhook UUID NOT NULL,
  idx BIGINT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE,
  last_at TIMESTAMP WITH TIME ZONE,
  last_status INTEGER,
  last_error TEXT,
  PRIMARY KEY (tenant, delivery),
  CONSTRAINT webhook_delivery_once UNIQUE (tenant, webhook, idx)
);
CREATE INDEX webhook_delivery_left ON webhook_delivery (tenant, webhook, state, idx) WHERE state <> 'delivered';
GRANT SELECT ON webhook_outbox TO muster_sequencer;
GRANT SELECT, DELETE ON webhook_delivery TO muster_sequencer;
