-- Frozen on landing; later changes are later migrations.
ALTER TABLE gold ADD COLUMN edge_case BOOLEAN DEFAULT false NOT NULL;
DROP INDEX gold_project;
CREATE INDEX gold_project ON gold (tenant, project, edge_case, gold);
CREATE INDEX gold_item ON gold (tenant, item);
ALTER TABLE course ADD COLUMN edge_case_share_ppm INTEGER DEFAULT 0 NOT NULL;
