"""The fraud graph over HTTP: groups of people who share devices, addresses or answers, and the file of each group."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from backend.api.fields import Body, Moment, Shown
from backend.api.flags import Ended, Kind, SharedDay
from backend.api.route import Route
from backend.usecases.quality import fraud_graph as use

EdgeKind = Literal["shared_device", "shared_address", "copying", "simultaneous"]
Days = Annotated[int, Field(ge=1, le=366)]


class FraudCaseQuery(Body):
    """What is looked at: sightings and flags from `since` on (30 days back unless said); people who share a place count
    from so many `days` on it together."""

    since: Moment | None = None
    days: Days = 5


class FraudGraphQuery(FraudCaseQuery):
    """Groups with somebody who answered in this skill or works for this vendor; at most `limit` of them."""

    skill: UUID | None = None
    vendor: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class FraudNode(Shown):
    """A person: the kinds of their open flags, and whether answers are discounted."""

    annotator: UUID
    status: str
    vendor: UUID | None
    open_flags: list[Kind]
    discounted: bool


class FraudEdge(Shown):
    """What is between two people. `strength` 0..1: shared days of the days of whoever was there less, or the part of
    what was compared; `p` by chance; `weak`: only the browser's description; `flag`: the case, `open` while nobody has
    decided."""

    kind: EdgeKind
    first: UUID
    second: UUID
    strength: float
    p: float | None
    days: int | None
    weak: bool
    flag: UUID | None
    open: bool


class FraudGroup(Shown):
    """People who hang together, and by what kinds of evidence, the strongest first."""

    people: list[FraudNode]
    edges: list[FraudEdge]
    kinds: list[EdgeKind]
    open_flags: int


class FraudLeftOut(Shown):
    """What did not fit."""

    groups: int
    people: int


class FraudGraph(Shown):
    """The groups: those with most open cases first, then with most kinds of evidence, then the largest."""

    since: datetime
    groups: list[FraudGroup]
    left_out: FraudLeftOut


class FraudEdgeFile(FraudEdge):
    """An edge with its evidence: numbers as in a flag's case, places by the first characters of their tokens, and the
    newest 50 shared days with the streams of the facts behind them."""

    formula: str
    says: str
    numbers: dict[str, int]
    tokens: dict[str, str]
    shared_days: list[SharedDay]


class FraudFlag(Shown):
    """A flag about somebody in the group."""

    id: UUID
    kind: Kind
    annotator: UUID
    other: UUID | None
    decision: Ended | None
    raised_at: datetime


class FraudCase(Shown):
    """The file of a group."""

    people: list[FraudNode]
    edges: list[FraudEdgeFile]
    kinds: list[EdgeKind]
    open_flags: int
    flags: list[FraudFlag]


_ALL = "/v1/reports/fraud-graph"

ROUTES = (
    Route(
        method="GET",
        path=_ALL,
        usecase=use.fraud_graph,
        says="See who hangs together by devices, addresses, copied and simultaneous answers; nobody is accused by it.",
        query=FraudGraphQuery,
        answer=FraudGraph,
    ),
    Route(
        method="GET",
        path=f"{_ALL}/{{annotator}}",
        usecase=use.fraud_case,
        says="Read the file of the group that somebody is in.",
        query=FraudCaseQuery,
        answer=FraudCase,
    ),
)
