-- Frozen on landing; later changes are later migrations.
CREATE TABLE sighting (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  day TIMESTAMP WITH TIME ZONE NOT NULL,
  address TEXT NOT NULL,
  device TEXT NOT NULL,
  network TEXT NOT NULL,
  weak BOOLEAN NOT NULL,
  slots SMALLINT[] NOT NULL,
  kept_until TIMESTAMP WITH TIME ZONE NOT NULL,
  stream UUID NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (tenant, annotator, day, address, device)
);
CREATE INDEX sighting_day ON sighting (tenant, day);
CREATE INDEX sighting_kept_until ON sighting (tenant, kept_until);
CREATE TABLE sighting_pending (
  tenant UUID NOT NULL,
  annotator UUID NOT NULL,
  day TIMESTAMP WITH TIME ZONE NOT NULL,
  address TEXT NOT NULL,
  device TEXT NOT NULL,
  network TEXT NOT NULL,
  weak BOOLEAN NOT NULL,
  slots SMALLINT[] NOT NULL,
  kept_until TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, annotator, day, address, device)
);
CREATE INDEX sighting_pending_day ON sighting_pending (tenant, day);
