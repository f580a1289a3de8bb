-- Frozen on landing; later changes are later migrations.
-- Projections are folded anew: no row has to become a new one.
TRUNCATE review_project, review_lot, gold_met, proficiency_state, evidence_weight;
ALTER TABLE review_project ADD COLUMN aim DOUBLE PRECISION NOT NULL;
ALTER TABLE review_lot ADD COLUMN judged_at BIGINT;
ALTER TABLE review_lot ADD COLUMN resumed BOOLEAN NOT NULL;
CREATE TABLE review_found (
  tenant UUID NOT NULL,
  review UUID NOT NULL,
  skill UUID NOT NULL,
  lease UUID NOT NULL,
  project UUID NOT NULL,
  author UUID NOT NULL,
  answer_class TEXT NOT NULL,
  rate_ppm INTEGER NOT NULL,
  risk_ppm INTEGER,
  lot INTEGER NOT NULL,
  idx BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  items BIGINT NOT NULL,
  sampling INTEGER[],
  passed BOOLEAN,
  PRIMARY KEY (tenant, review)
);
CREATE INDEX review_found_skill ON review_found (tenant, skill, idx);
ALTER TABLE gold_met ADD COLUMN lease UUID;
ALTER TABLE gold_met ADD COLUMN counted BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE proficiency_state ADD COLUMN fresh_before BIGINT NOT NULL;
ALTER TABLE evidence_weight ADD COLUMN adjudication_ppm INTEGER NOT NULL;
ALTER TABLE skill ADD COLUMN adjudication_ppm INTEGER DEFAULT 100000 NOT NULL;
