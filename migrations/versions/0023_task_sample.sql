-- Frozen on landing; later changes are later migrations.
CREATE TABLE task_sample (
  tenant UUID NOT NULL,
  bulk UUID NOT NULL,
  task UUID NOT NULL,
  PRIMARY KEY (tenant, bulk, task)
);
