-- One plain insert per transaction; the body is as long as the events that ours appends.
INSERT INTO reference_fact (type, body)
VALUES ('lease.started', decode(repeat('7b226b223a2276227d2c', 40), 'hex'));
