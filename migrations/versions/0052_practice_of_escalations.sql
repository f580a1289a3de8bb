-- Frozen on landing; later changes are later migrations.
CREATE TABLE course_taught (
  tenant UUID NOT NULL,
  course UUID NOT NULL,
  module TEXT NOT NULL,
  version INTEGER NOT NULL,
  project UUID NOT NULL,
  code TEXT NOT NULL,
  said BYTEA NOT NULL,
  escalations UUID[] NOT NULL,
  items UUID[] NOT NULL,
  leases UUID[] NOT NULL,
  taught_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, course, module)
);
CREATE INDEX course_taught_project ON course_taught (tenant, project, code);
CREATE TABLE taught_code (
  tenant UUID NOT NULL,
  course UUID NOT NULL,
  project UUID NOT NULL,
  code TEXT NOT NULL,
  since_version INTEGER NOT NULL,
  since_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, course, project, code)
);
CREATE INDEX taught_code_project ON taught_code (tenant, project);
CREATE TABLE taught_item (
  tenant UUID NOT NULL,
  item UUID NOT NULL,
  taught_at TIMESTAMP WITH TIME ZONE NOT NULL,
  PRIMARY KEY (tenant, item)
);
