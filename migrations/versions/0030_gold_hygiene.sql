-- Frozen on landing; later changes are later migrations.
ALTER TABLE gold ADD COLUMN lot BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE gold ADD COLUMN origin TEXT DEFAULT 'authored' NOT NULL;
ALTER TABLE gold ADD COLUMN added_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE gold ADD COLUMN why TEXT;
ALTER TABLE gold ADD COLUMN retired_at TIMESTAMP WITH TIME ZONE;
DROP INDEX gold_project;
CREATE INDEX gold_project ON gold (tenant, project, gold);
CREATE INDEX gold_lot ON gold (tenant, project, edge_case, lot) WHERE why IS NULL AND NOT exam_only;
CREATE INDEX gold_class_lot ON gold (tenant, project, edge_case, truth_class, lot) WHERE why IS NULL AND NOT exam_only;
CREATE TABLE gold_met (
  tenant UUID NOT NULL,
  gold UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID,
  shown_at TIMESTAMP WITH TIME ZONE NOT NULL,
  exam BOOLEAN NOT NULL,
  correct BOOLEAN,
  PRIMARY KEY (tenant, gold, annotator)
);
CREATE INDEX gold_met_project ON gold_met (tenant, project, shown_at) WHERE NOT exam;
CREATE TABLE gold_record (
  tenant UUID NOT NULL,
  gold UUID NOT NULL,
  seen INTEGER NOT NULL,
  answers INTEGER NOT NULL,
  wrong INTEGER NOT NULL,
  first_shown TIMESTAMP WITH TIME ZONE,
  looked_seen INTEGER DEFAULT 0 NOT NULL,
  looked_answers INTEGER DEFAULT 0 NOT NULL,
  looked_at TIMESTAMP WITH TIME ZONE,
  PRIMARY KEY (tenant, gold)
);
CREATE INDEX gold_record_news ON gold_record (tenant) WHERE (seen > looked_seen AND seen >= 5) OR (answers > looked_answers AND wrong >= 3);
CREATE INDEX gold_record_age ON gold_record (tenant, first_shown);
