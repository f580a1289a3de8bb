"""What can be asked of all draws of a project: one by one, and counted. What was let through in bulk counts as waiting:
nobody has looked at it."""

from backend.readmodels.counting import given_at, weightless

DRAWS = """
SELECT lease, rate_ppm, reason, draw, sampled, answer_class, risk_ppm, threshold_ppm, basis_index FROM review
 WHERE tenant = $1 AND project = $2 AND period = $3 AND ($4::uuid IS NULL OR lease > $4) ORDER BY lease LIMIT $5
"""
_COUNTED = f"""
SELECT {{by}}rate_ppm, reason, count(*) AS drawn, count(*) FILTER (WHERE sampled) AS sampled,
       count(passed) AS given, count(*) FILTER (WHERE NOT passed) AS errors,
       count(bulk) FILTER (WHERE NOT passed) AS rejected_in_bulk,
       count(bulk) FILTER (WHERE passed IS NULL) AS let_through
  FROM review r WHERE tenant = $1 AND project = $2 AND NOT {weightless("r", given_at("r"), "author")}
 GROUP BY {{by}}rate_ppm, reason ORDER BY {{by}}rate_ppm, reason
"""
COUNTED = _COUNTED.format(by="")
BY_ANNOTATOR = _COUNTED.format(by="author, ")
BY_CLASS = _COUNTED.format(by="answer_class, ")
