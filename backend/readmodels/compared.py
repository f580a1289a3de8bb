"""Answers of different people to the same: what agreement is computed from."""

from backend.readmodels.counting import COUNTS

# Work of one step, or of annotating where no step is named; the newest, because a lease's id begins with its time.
CLASSES = f"""
SELECT lease, task, annotator, answer_class, answer_token FROM answer a
 WHERE {COUNTS} AND tenant = $1 AND project = $2 AND gold IS NULL AND NOT rejected
   AND CASE WHEN $3::text IS NULL THEN stage = 'annotate' ELSE step = $3 END
 ORDER BY lease DESC LIMIT $4
"""
COUNT = f"""
SELECT count(*) FROM answer a
 WHERE {COUNTS} AND tenant = $1 AND project = $2 AND gold IS NULL AND NOT rejected
   AND CASE WHEN $3::text IS NULL THEN stage = 'annotate' ELSE step = $3 END
"""
WRITTEN = "SELECT lease, project, answer FROM answer WHERE tenant = $1 AND lease = ANY($2::uuid[])"
# Gold met in work, with its truth; several people met the same.
GOLD = f"""
SELECT a.gold, a.annotator, a.answer_class, g.truth_class FROM answer a JOIN gold g USING (tenant, gold)
 WHERE {COUNTS} AND a.tenant = $1 AND a.project = $2 AND a.answer_class IS NOT NULL AND g.truth_class IS NOT NULL
   AND g.key <> 'wrong'
 ORDER BY a.lease DESC LIMIT $3
"""
WORKED = """
SELECT DISTINCT annotator FROM answer WHERE tenant = $1 AND project = $2 AND gold IS NULL ORDER BY annotator
"""
