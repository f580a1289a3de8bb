"""Rolled up: classes of a taxonomy taken together by their ancestor on a level, so that 100,000 of them can be read."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.projects.class_rule import read
from backend.domain.projects.class_tree import Tree
from backend.usecases.projects.taxonomies import PATIENCE
from backend.usecases.projects.taxonomy_known import tree_of
from backend.usecases.tokens import class_token
from backend.usecases.work import Work

LABELLED = "/label"
HELD_MAX = 4
_tokens: OrderedDict[tuple[UUID, UUID, int, UUID, tuple[bool, bool]], Mapping[str, str]] = OrderedDict()
"""Of this process: (tenant, taxonomy, version, skill, spellings) -> token -> code. Versions never change."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """On which `level` classes are taken together (roots are 1), of those `under` a class alone; with `successors`
    answers that say a replaced class count as its successor."""

    level: int | None = None
    under: str | None = None
    successors: bool = False

    @property
    def said(self) -> dict[str, Any]:
        """What of it is said, as a request would say it."""
        said = {"level": self.level, "under": self.under, "successors": "true" if self.successors else None}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Rolled:
    """Which classes count together; tokens stand for answers of a class, and for the group that it is the top of."""

    tree: Tree
    level: int
    asked: Asked
    code_of: Mapping[str, str]
    token_of: Mapping[str, str]

    def groups(self, tokens: Iterable[str]) -> dict[str, str]:
        """Token of an answered class -> that of its group. Classes that the version does not have stay by themselves;
        with `under` what is not below that class is left out."""
        found = {}
        for token in tokens:
            code = self.code_of.get(token)
            if code is None:
                if self.asked.under is None:
                    found[token] = token
                continue
            one = self.tree.get(code)
            if self.asked.successors and one is not None and one.replaced_by:
                code = one.replaced_by
            if self.asked.under is None or self._below(code):
                found[token] = self.token_of[self.tree.ancestor(code, self.level) or code]
        return found

    def _below(self, code: str) -> bool:
        top = self.asked.under
        return top is not None and self.tree.ancestor(code, self.tree.level[self.tree.place[top]]) == top

    def label(self, token: str) -> Any:
        """The code that a group's token stands for."""
        return self.code_of.get(token)


async def rolled(work: Work, project: Row, asked: Asked) -> Rolled | None:
    """How the project's classes count together, by the version in force; None where nothing was asked. Raises
    `taxonomy_missing`, `class_unknown`."""
    if not asked.said:
        return None
    if project["taxonomy"] is None:
        raise Refusal(
            "invalid",
            "taxonomy_missing",
            expected="a project whose answers are checked by a taxonomy",
            found="one without",
            mend="set its taxonomy first, or leave out level, under and successors",
        )
    await work.conn.execute(PATIENCE)
    tree = await tree_of(work, project["taxonomy"], project["taxonomy_version"])
    level = tree.deepest if asked.level is None else asked.level
    if asked.under is not None:
        top = tree.place.get(asked.under)
        if top is None:
            raise _unknown(tree, asked.under)
        level = tree.level[top] + 1 if asked.level is None else asked.level
    at = read(project["taxonomy_rule"]).at
    spellings = ("" in at, LABELLED in at)
    code_of = await _known(work, project, tree, spellings)
    token_of = {code: token for token, code in code_of.items()}
    return Rolled(tree, level, asked, code_of, token_of)


async def _known(work: Work, project: Row, tree: Tree, spellings: tuple[bool, bool]) -> Mapping[str, str]:
    key = (work.tenant, project["taxonomy"], project["taxonomy_version"], project["skill"], spellings)
    found = _tokens.get(key)
    if found is None:
        found = await asyncio.to_thread(_made, work, project["skill"], tree, spellings)
        _tokens[key] = found
        while len(_tokens) > HELD_MAX:
            _tokens.popitem(last=False)
    return found


def _made(work: Work, skill: UUID, tree: Tree, spellings: tuple[bool, bool]) -> Mapping[str, str]:
    """The token of every class, as answers spell it; where they may do so in two ways, of both."""
    whole, labelled = spellings
    made: dict[str, str] = {}
    for one in tree.classes:
        for wanted, answer in ((labelled, {"label": one.code}), (whole or not labelled, one.code)):
            token = class_token(work, skill, answer) if wanted else None
            if token is not None:
                made[token] = one.code
    return made


async def classes_of(work: Work, project: Row, labels: Mapping[str, Any]) -> dict[str, Row]:
    """Token -> its class in the project's taxonomy, of tokens whose labels are known; nothing without a taxonomy."""
    if project["taxonomy"] is None or not labels:
        return {}
    tree = await tree_of(work, project["taxonomy"], project["taxonomy_version"])
    found = {}
    for token, label in labels.items():
        code = label.get("label") if isinstance(label, dict) else label
        one = tree.get(code) if isinstance(code, str) else None
        if one is not None:
            found[token] = {
                "code": one.code,
                "label": one.label,
                "path": tree.path(one.code)[:-1],
                "deprecated": one.deprecated,
                "replaced_by": one.replaced_by,
            }
    return found


def _unknown(tree: Tree, code: str) -> Refusal:
    return Refusal(
        "invalid",
        "class_unknown",
        expected="a class of the project's taxonomy, by its code",
        found="a code that it does not have",
        mend="choose one of `nearest`, or search the project's classes",
        extra={"nearest": [{"code": one.code, "label": one.label} for one in tree.nearest(code)]},
    )
