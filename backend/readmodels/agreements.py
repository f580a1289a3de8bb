"""Agreements and courses in their newest version, and what a project asks for."""

from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as Uuid

from backend.events import training, workforce
from backend.events.ids import TenantId
from backend.events.store.schema import key, ref, tenant_table
from backend.readmodels.projection import Projection, execute_each

agreement = tenant_table(
    "agreement",
    key("agreement"),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
)

course = tenant_table(
    "course",
    key("course"),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("question_count", Integer, nullable=False),
    Column("exam_gold", ARRAY(Uuid(as_uuid=True)), nullable=False),
    ref("skill", nullable=True),
    Column("pass_mark_ppm", Integer, nullable=False),
)

AGREEMENT = """
INSERT INTO agreement (tenant, agreement, version, title, sha256, text) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, agreement) DO UPDATE
   SET version = excluded.version, title = excluded.title, sha256 = excluded.sha256, text = excluded.text
"""
COURSE = """
INSERT INTO course (tenant, course, version, title, content, question_count, exam_gold, skill, pass_mark_ppm)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant, course) DO UPDATE
   SET version = excluded.version, title = excluded.title, content = excluded.content,
       question_count = excluded.question_count, exam_gold = excluded.exam_gold, skill = excluded.skill,
       pass_mark_ppm = excluded.pass_mark_ppm
"""

AGREEMENTS = Projection(
    "agreements",
    (agreement, course),
    {
        workforce.AgreementPublished: execute_each(
            AGREEMENT, "agreement", "version", "title", "sha256", "text"
        ),
        training.CoursePublished: execute_each(
            COURSE,
            "course",
            "version",
            "title",
            "content",
            "question_count",
            "exam_gold",
            "skill",
            "pass_mark_ppm",
        ),
    },
)


async def agreements(
    conn: asyncpg.Connection, tenant: TenantId, ids: list[UUID] | None = None
) -> list[dict[str, Any]]:
    """Newest versions; `text` is ciphertext."""
    sql = "SELECT * FROM agreement WHERE tenant = $1 AND ($2::uuid[] IS NULL OR agreement = ANY($2)) ORDER BY agreement"
    return [dict(row) for row in await conn.fetch(sql, tenant, ids)]


async def courses(
    conn: asyncpg.Connection, tenant: TenantId, ids: list[UUID] | None = None
) -> list[dict[str, Any]]:
    """Newest versions; `content` is ciphertext."""
    sql = (
        "SELECT * FROM course WHERE tenant = $1 AND ($2::uuid[] IS NULL OR course = ANY($2)) ORDER BY course"
    )
    return [dict(row) for row in await conn.fetch(sql, tenant, ids)]
