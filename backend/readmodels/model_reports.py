"""What a model's answers came to in a project, counted by class, way and confidence."""

# `bin` counts from 1: the place among the edges ($4, parts per million) at or below the confidence.
COUNTED = """
SELECT p.answer_class, p.routed, width_bucket(p.confidence_ppm, $4::int[]) AS bin, count(*)::int AS n,
       (count(*) FILTER (WHERE p.correct IS NOT NULL))::int AS compared,
       (count(*) FILTER (WHERE p.correct))::int AS agreed, min(p.prediction::text)::uuid AS example
  FROM prediction p WHERE p.tenant = $1 AND p.project = $2 AND p.model = $3
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
EXAMPLES = """
SELECT prediction, answer_class, answer FROM prediction WHERE tenant = $1 AND prediction = ANY($2::uuid[])
"""
