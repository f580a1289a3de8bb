"""Measurements that are quoted somewhere: the table of `muster bench`, peers, and single figures.

`muster bench [--quick] [--row NAME ...] --json` measures the rows in `rows/`, each ours against a reference in one run;
`make bench` writes RESULTS.md. `reference/` has the SQL and scripts of the references and of the bulk seeding. `peers/`
compares with other products. Single figures print one JSON object each: `python -m benchmarks.eligibility`.
"""
