-- Frozen on landing; later changes are later migrations.
ALTER TABLE gold ADD COLUMN family UUID;
ALTER TABLE gold ADD COLUMN how BYTEA;
CREATE INDEX gold_family ON gold (tenant, family) WHERE family IS NOT NULL;
