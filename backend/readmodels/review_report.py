"""What can be asked of all draws of a project: one by one, and counted."""

DRAWS = """
SELECT lease, rate_ppm, reason, draw, sampled, answer_class, risk_ppm, threshold_ppm, basis_index FROM review
 WHERE tenant = $1 AND project = $2 AND period = $3 AND ($4::uuid IS NULL OR lease > $4) ORDER BY lease LIMIT $5
"""
_COUNTED = """
SELECT {by}rate_ppm, reason, count(*) AS drawn, count(*) FILTER (WHERE sampled) AS sampled,
       count(verdict) AS given, count(*) FILTER (WHERE NOT passed) AS errors
  FROM review WHERE tenant = $1 AND project = $2 GROUP BY {by}rate_ppm, reason ORDER BY {by}rate_ppm, reason
"""
COUNTED = _COUNTED.format(by="")
BY_ANNOTATOR = _COUNTED.format(by="author, ")
BY_CLASS = _COUNTED.format(by="answer_class, ")
