"""Which answers count: all but those that a settled flag has discounted, until it is settled otherwise.

Every number that is computed from answers asks here: results, agreement, targets, reports, calibration, candidates for
gold. Scores have a fold of their own (`evidence_discount`), which says the same from the log.
"""


def weightless(of: str, at: str = "", who: str = "annotator") -> str:
    """SQL: whether an answer is discounted. `of` is the alias of a row with its tenant and project, `who` the column
    that has its author, `at` the moment it was given (by default that row's `submitted_at`). Looked up row by row,
    whatever a plan for an unknown number of rows would prefer: there is hardly ever anything to find."""
    its = f"SELECT its.skill FROM project its WHERE its.tenant = {of}.tenant AND its.project = {of}.project"
    return f"""((SELECT true FROM answers_discounted off
                  WHERE off.tenant = {of}.tenant AND off.annotator = {of}.{who} AND off.skill = ({its})
                    AND off.since <= {at or f"{of}.submitted_at"} LIMIT 1) IS NOT NULL)"""


def given_at(of: str) -> str:
    """SQL: when the answer was given under whose lease the row with this alias was written."""
    same = f"given.tenant = {of}.tenant AND given.lease = {of}.lease"
    return f"(SELECT given.submitted_at FROM answer given WHERE {same})"


WEIGHTLESS = weightless("a")
"""Of an answer in the row `a`."""
COUNTS = f"NOT {WEIGHTLESS}"
"""Of an answer in the row `a`: it counts."""
