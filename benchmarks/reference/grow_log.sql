-- A log that has grown for a year, as data only: :events events of tenant :tenant, four to a stream, 400 bytes each.
-- Streams are born one after another over the 365 days before now, and their ids are like ours: time first, then chance.
INSERT INTO event (tenant, stream, version, type, body)
SELECT ':tenant',
       overlay(overlay(overlay(md5('stream' || g.n / 4)
                               PLACING lpad(to_hex(t.first_ms + (g.n / 4 * t.ms_each)::bigint), 12, '0') FROM 1)
                       PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid,
       1 + g.n % 4, 'lease.claimed', decode(repeat(md5(g.n::text), 25), 'hex')
  FROM (SELECT extract(epoch FROM now() - interval '365 days')::bigint * 1000 AS first_ms,
               4 * 365 * 86400000.0::float8 / :events AS ms_each) AS t,
       generate_series(0::bigint, :events - 1) AS g(n);
