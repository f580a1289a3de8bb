"""Gold: which items have a known answer, and which of them are edge cases."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Text
from sqlalchemy import text as sql_text

from backend.events import projects, tasks
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.projection import Projection, execute, execute_each

gold = tenant_table(
    "gold",
    key("gold"),
    ref("project"),
    ref("item"),
    Column("truth", LargeBinary, nullable=False),
    Column("truth_class", Text),
    Column("exam_only", Boolean, nullable=False),
    Column("edge_case", Boolean, nullable=False, server_default=sql_text("false")),
    Index("gold_project", "tenant", "project", "edge_case", "gold"),
    Index("gold_item", "tenant", "item"),
)

# Gold is an edge case while its item is one, so each fold reads what the other writes: whoever marks the item meanwhile
# is waited for, or waits and finds the gold.
ADDED = """
INSERT INTO gold (tenant, gold, project, item, truth, truth_class, exam_only, edge_case)
SELECT $1, n.*, coalesce((SELECT i.edge_case FROM item i WHERE i.tenant = $1 AND i.item = n.item FOR SHARE), false)
  FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::text[], $7::bool[])
       AS n(gold, project, item, truth, truth_class, exam_only)
"""
MARKED = "UPDATE gold SET edge_case = $3 WHERE tenant = $1 AND item = $2 AND edge_case <> $3"


GOLD = Projection(
    "gold",
    (gold,),
    {
        projects.GoldAdded: execute(ADDED, "gold", "project", "item", "truth", "truth_class", "exam_only"),
        tasks.ItemMarked: execute_each(MARKED, "item", "edge_case"),
    },
)
