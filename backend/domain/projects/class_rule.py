"""Which classes the answers of a project may name: where in an answer codes stand, and what is refused."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.domain.projects.class_list import ClassNode
from backend.domain.projects.class_tree import Tree
from backend.events import taxonomies as ev
from backend.events.ids import ProjectId, TaxonomyId

PLACES_MAX = 20
PROBLEMS_MAX = 20
_POINTER = re.compile(r"(/([^~/]|~[01])*)*")
Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule:
    """`at`: JSON Pointers to where codes stand, in which `*` is every element of a list ("" is the whole answer).
    `deprecated` classes are refused unless accepted; with `leaves_only` a class that has others below it is, too.
    `steps`: of these steps of a workflow alone; empty: of all."""

    at: tuple[str, ...] = ("",)
    deprecated: str = "refuse"
    leaves_only: bool = False
    steps: tuple[str, ...] = ()


def spelled(rule: ClassRule) -> str:
    """The rule as JSON text. Raises `taxonomy_place_invalid`."""
    for place in rule.at:
        if not _POINTER.fullmatch(place) or len(place) > 500:
            raise _place_wrong(f"{place!r:.100}")
    if not 1 <= len(rule.at) <= PLACES_MAX:
        raise _place_wrong(f"{len(rule.at)} places")
    return json.dumps(asdict(rule), sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=1_024)
def read(text: str) -> ClassRule:
    """The rule that the text spells."""
    said = json.loads(text)
    return ClassRule(**said | {"at": tuple(said["at"]), "steps": tuple(said["steps"])})


def check(rule: ClassRule, tree: Tree, answer: Json) -> None:
    """Refuse (invalid) an answer that names a class that it may not name: `class_unknown`, `class_deprecated` or
    `class_not_leaf`, with the `problems` by place and, for the first of them, classes to choose from in `nearest`."""
    first: tuple[str, str, Sequence[ClassNode]] | None = None
    problems = []
    for where, code in _named(rule.at, answer):
        said = _problem(rule, tree, code)
        if said is None:
            continue
        name, says, instead = said
        first = first or (name, f"{says} at {where or 'the top'}", instead())
        problems.append({"where": where or "/", "rule": name, "says": says})
        if len(problems) == PROBLEMS_MAX:
            break
    if first is not None:
        raise _refused(*first, problems)


def _problem(rule: ClassRule, tree: Tree, code: Json) -> tuple[str, str, Any] | None:
    """The refusal's code, what it says, and a function that gives what could be meant."""
    if not isinstance(code, str):
        return "class_unknown", "no text", lambda: ()
    if code not in tree.place:
        return "class_unknown", "a code that the taxonomy does not have", lambda: tree.nearest(code)
    if rule.deprecated == "refuse" and code in tree.refused:
        return "class_deprecated", "a class that is deprecated", lambda: _successor(tree, code)
    if rule.leaves_only and code in tree.below:
        return "class_not_leaf", "a class that has others below it", lambda: _children(tree, code)
    return None


def _successor(tree: Tree, code: str) -> list[ClassNode]:
    one = tree.get(code)
    next_ = tree.get(one.replaced_by) if one and one.replaced_by else None
    return [next_] if next_ else []


def _children(tree: Tree, code: str) -> list[ClassNode]:
    return [tree.classes[at] for at in tree.listed(code, 0, 5)]


def _named(at: Sequence[str], answer: Json) -> Iterator[tuple[str, Json]]:
    """Every code in the answer with its place. What is null inside an answer names no class."""
    for place in at:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
        for where, value in _walk(answer, steps, ""):
            if value is not None or not where:
                yield where, value


def _walk(value: Json, steps: Sequence[str], where: str) -> Iterator[tuple[str, Json]]:
    if not steps:
        yield where, value
    elif steps[0] == "*":
        # What is no list has no code in it that could be read.
        for n, one in enumerate(value) if isinstance(value, list) else ((0, 0),):
            yield from _walk(one, steps[1:] if isinstance(value, list) else (), f"{where}/{n}")
    elif isinstance(value, dict) and steps[0] in value:
        name = steps[0].replace("~", "~0").replace("/", "~1")
        yield from _walk(value[steps[0]], steps[1:], f"{where}/{name}")
    else:
        yield f"{where}/{steps[0]}", False


def _refused(name: str, found: str, nearest: Sequence[ClassNode], problems: list[dict[str, str]]) -> Refusal:
    return Refusal(
        "invalid",
        name,
        expected="classes of the project's taxonomy, by their codes",
        found=found,
        mend="choose one of `nearest`, or search the project's classes, and send the answer again",
        extra={
            "problems": problems,
            "nearest": [{"code": one.code, "label": one.label} for one in nearest],
        },
    )


def _place_wrong(found: str) -> Refusal:
    return Refusal(
        "invalid",
        "taxonomy_place_invalid",
        expected=f'1 to {PLACES_MAX} JSON Pointers such as "", "/label" or "/*/label"',
        found=found,
        mend="say where in an answer the codes stand",
    )


# --- the setting of a project


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What holds now; setting 0: nothing was ever said."""

    setting: int = 0
    taxonomy: TaxonomyId | None = None
    version: int = 0
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTaxonomy:
    """Check by this version and rule (`spelled`) from now on; None: by none."""

    project: ProjectId
    taxonomy: TaxonomyId | None
    version: int
    rule: str


def decide(command: SetTaxonomy, now: Setting) -> Sequence[ev.ProjectTaxonomySet]:
    """Another one than before is the next setting."""
    asked = (command.taxonomy, command.version, command.rule)
    if asked == (now.taxonomy, now.version, now.rule):
        return []
    about, setting = command.project, now.setting + 1
    return [
        ev.ProjectTaxonomySet(
            project=about, setting=setting, taxonomy=asked[0], version=asked[1], rule=asked[2]
        )
    ]


def evolve(_: Setting, event: ev.ProjectTaxonomySet) -> Setting:
    """What is true after the event."""
    return Setting(setting=event.setting, taxonomy=event.taxonomy, version=event.version, rule=event.rule)


SETTING: Decider[SetTaxonomy, Setting, ev.ProjectTaxonomySet] = Decider(Setting(), decide, evolve)
"""One stream per project; its id follows from the project's."""
