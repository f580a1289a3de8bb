-- Frozen on landing; later changes are later migrations.
ALTER TABLE project
  ADD COLUMN scoring TEXT NOT NULL DEFAULT '',
  ADD COLUMN scoring_version INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN targets TEXT NOT NULL DEFAULT '',
  ADD COLUMN targets_version INTEGER NOT NULL DEFAULT 0;
CREATE TABLE judged (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  project UUID NOT NULL,
  item UUID NOT NULL,
  annotator UUID NOT NULL,
  source TEXT NOT NULL,
  rate_ppm INTEGER NOT NULL,
  score_ppm INTEGER NOT NULL,
  passed BOOLEAN NOT NULL,
  truth_class TEXT,
  answer_class TEXT,
  PRIMARY KEY (tenant, lease)
);
CREATE INDEX judged_project ON judged (tenant, project);
