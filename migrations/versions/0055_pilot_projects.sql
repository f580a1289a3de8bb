-- Frozen on landing; later changes are later migrations.
ALTER TABLE pilot ADD COLUMN share_ppm INTEGER;
ALTER TABLE pilot ADD COLUMN items_min INTEGER DEFAULT 1 NOT NULL;
ALTER TABLE pilot ADD COLUMN items_max INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE project ADD COLUMN closed BOOLEAN DEFAULT false NOT NULL;
CREATE TABLE trial (
  tenant UUID NOT NULL,
  trial UUID NOT NULL,
  project UUID NOT NULL,
  number INTEGER NOT NULL,
  seed TEXT NOT NULL,
  share_ppm INTEGER,
  items_min INTEGER NOT NULL,
  items_max INTEGER NOT NULL,
  matched INTEGER NOT NULL,
  drawn INTEGER NOT NULL,
  digest TEXT NOT NULL,
  sample UUID NOT NULL,
  beyond UUID NOT NULL,
  rest UUID,
  targets_version INTEGER NOT NULL,
  state TEXT NOT NULL,
  copied INTEGER DEFAULT 0 NOT NULL,
  refused INTEGER DEFAULT 0 NOT NULL,
  outcome TEXT,
  measured TEXT,
  diversity TEXT,
  judged_targets INTEGER,
  basis_index INTEGER,
  judged_at TIMESTAMP WITH TIME ZONE,
  reason BYTEA,
  begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
  promoted_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, trial)
);
CREATE INDEX trial_project ON trial (tenant, project, number);
CREATE TABLE copied_item (
  tenant UUID NOT NULL,
  item UUID NOT NULL,
  project UUID NOT NULL,
  origin UUID NOT NULL,
  PRIMARY KEY (tenant, item)
);
CREATE INDEX copied_item_project ON copied_item (tenant, project, item);
CREATE INDEX copied_item_origin ON copied_item (tenant, origin);
