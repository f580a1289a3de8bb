-- One claim per transaction: the plainest SKIP LOCKED dequeue, and one insert that says who has it.
WITH next AS (
  SELECT id FROM reference_job ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1
), gone AS (
  DELETE FROM reference_job j USING next WHERE j.id = next.id RETURNING j.id, j.task
)
INSERT INTO reference_taken (id, task, who) SELECT id, task, :client_id FROM gone;
