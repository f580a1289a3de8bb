-- Frozen on landing; later changes are later migrations.
CREATE TABLE labels_shown (
  tenant UUID NOT NULL,
  lease UUID NOT NULL,
  annotator UUID NOT NULL,
  project UUID NOT NULL,
  item UUID NOT NULL,
  answers UUID[] NOT NULL,
  predictions UUID[] NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, lease)
);
CREATE INDEX labels_shown_item ON labels_shown (tenant, item, annotator);
CREATE TABLE model_class (
  tenant UUID NOT NULL,
  project UUID NOT NULL,
  model UUID NOT NULL,
  token TEXT NOT NULL,
  version INTEGER NOT NULL,
  said TEXT NOT NULL,
  measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, project, model, token, version)
);
ALTER TABLE project ADD COLUMN show_labels TEXT DEFAULT 'none' NOT NULL;
ALTER TABLE project ADD COLUMN labels_shown BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE prediction ADD COLUMN class_version INTEGER;
ALTER TABLE prediction ADD COLUMN anchored BOOLEAN DEFAULT false NOT NULL;
