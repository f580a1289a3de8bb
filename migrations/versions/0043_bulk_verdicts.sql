-- Frozen on landing; later changes are later migrations.
ALTER TABLE review ADD COLUMN bulk UUID;
ALTER TABLE planted ADD COLUMN bulk BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE planted ALTER COLUMN bulk DROP DEFAULT
