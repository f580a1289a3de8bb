-- Frozen on landing; later changes are later migrations.
CREATE TABLE taxonomy (
  tenant UUID NOT NULL,
  taxonomy UUID NOT NULL,
  name TEXT NOT NULL,
  version INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, taxonomy)
);
CREATE TABLE taxonomy_version (
  tenant UUID NOT NULL,
  taxonomy UUID NOT NULL,
  version INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  parts INTEGER NOT NULL,
  classes INTEGER NOT NULL,
  levels INTEGER NOT NULL,
  deprecated INTEGER NOT NULL,
  published_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, taxonomy, version)
);
ALTER TABLE project ADD COLUMN taxonomy UUID;
ALTER TABLE project ADD COLUMN taxonomy_version INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE project ADD COLUMN taxonomy_rule TEXT DEFAULT '' NOT NULL;
ALTER TABLE project ADD COLUMN taxonomy_setting INTEGER DEFAULT 0 NOT NULL;
