-- A table that facts are plainly inserted into: no streams, no versions, nobody who checks anything.
DROP TABLE IF EXISTS reference_fact;
CREATE TABLE reference_fact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type text NOT NULL,
  body bytea NOT NULL
);
