-- Frozen on landing; later changes are later migrations.
CREATE TABLE expert_words (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  said_by UUID NOT NULL,
  version INTEGER NOT NULL,
  words BYTEA NOT NULL,
  said_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, lease)
);
