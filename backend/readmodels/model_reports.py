"""What a model's answers came to in a project, counted by class, way and confidence.

What it answered to gold is left out: no task of it was ever opened. An answer that whoever told the truth had seen is
not compared with it.
"""

# `bin` counts from 1: the place among the edges ($4, parts per million) at or below the confidence.
COUNTED = """
SELECT p.answer_class, p.routed, width_bucket(p.confidence_ppm, $4::int[]) AS bin, count(*)::int AS n,
       (count(*) FILTER (WHERE p.correct IS NOT NULL AND NOT p.anchored))::int AS compared,
       (count(*) FILTER (WHERE p.correct AND NOT p.anchored))::int AS agreed, min(p.prediction::text)::uuid AS example
  FROM prediction p
 WHERE p.tenant = $1 AND p.project = $2 AND p.model = $3
   AND EXISTS (SELECT 1 FROM task t WHERE t.tenant = p.tenant AND t.task = p.task)
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
# By the class that the model answered: items with a result, those of them to which nobody answered anything, and of
# those that a person answered blindly how the first answer compares (what is no class: what came of it).
DEFLECTED = """
SELECT p.answer_class, count(r.item)::int AS decided,
       (count(r.item) FILTER (WHERE NOT EXISTS (
          SELECT 1 FROM answer a WHERE a.tenant = p.tenant AND a.project = p.project AND a.item = p.item
             AND a.gold IS NULL AND a.generation = r.generation)))::int AS deflected,
       count(f.differs)::int AS answered, (count(*) FILTER (WHERE f.differs))::int AS differed
  FROM prediction p
  LEFT JOIN result r ON r.tenant = p.tenant AND r.item = p.item AND r.rework IS NULL
  LEFT JOIN LATERAL (
    SELECT CASE WHEN p.answer_class IS NULL THEN NOT p.correct ELSE a.answer_token <> p.answer_token END AS differs
      FROM answer a WHERE a.tenant = p.tenant AND a.task = p.task AND a.gold IS NULL AND NOT a.rejected
     ORDER BY a.submitted_at, a.lease LIMIT 1) f ON p.routed <> 'machine'
 WHERE p.tenant = $1 AND p.project = $2 AND p.model = $3
 GROUP BY 1 ORDER BY 1
"""
EXAMPLES = """
SELECT prediction, answer_class, answer FROM prediction WHERE tenant = $1 AND prediction = ANY($2::uuid[])
"""
# The newest of them one by one, for metrics of classes.
NEWEST = """
SELECT p.prediction, p.item, p.project, p.answer_class, p.truth_class, p.routed, p.confidence_ppm, p.answer,
       p.correct, p.truth_by, coalesce(t.workflow_version, 0) AS workflow_version, t.step,
       p.correct IS NOT NULL AND NOT p.anchored AND p.routed <> 'machine' AS blind,
       width_bucket(p.confidence_ppm, $5::int[]) AS bin
  FROM prediction p JOIN task t ON t.tenant = p.tenant AND t.task = p.task
 WHERE p.tenant = $1 AND p.project = $2 AND p.model = $3
 ORDER BY p.predicted_at DESC, p.prediction DESC LIMIT $4
"""
# Comparisons that are left out because whoever told the truth had seen the answer.
ANCHORED = """
SELECT count(*)::int AS n FROM prediction
 WHERE tenant = $1 AND project = $2 AND model = $3 AND anchored AND correct IS NOT NULL
"""
