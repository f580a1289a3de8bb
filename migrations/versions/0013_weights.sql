-- Frozen on landing; later changes are later migrations.
ALTER TABLE skill
  ADD COLUMN exam_ppm INTEGER NOT NULL DEFAULT 500000,
  ADD COLUMN import_ppm INTEGER NOT NULL DEFAULT 500000,
  ADD COLUMN review_ppm INTEGER NOT NULL DEFAULT 1000000;
