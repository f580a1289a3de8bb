"""How long one person over 2,000 lanes takes, and 2,000 people over 2,000 lanes; `python -m benchmarks.eligibility`."""

import json
import random
import statistics
import time
from collections.abc import Callable
from uuid import UUID

from backend.domain.projects.eligibility import compiled
from backend.domain.projects.requirement import Requirement, canonical

LANES = PEOPLE = 2_000
ONE_ROUNDS, ALL_ROUNDS = 51, 5


def lanes(chance: random.Random) -> list[tuple[int, Requirement]]:
    """Lanes as projects make them: a role, agreements, a course, the project's own guideline, a skill at a level, and
    in some one of several things or the absence of one."""
    made = []
    for lane in range(LANES):
        requires = {
            f"role:{chance.choice(['annotator', 'annotator', 'reviewer', 'expert'])}",
            "agreement:" + _id(chance.randrange(5)) + ":1",
            "agreement:" + _id(5 + chance.randrange(40)) + f":{chance.randint(1, 3)}",
            "course:" + _id(100 + chance.randrange(200)) + ":1",
            "guideline:" + _id(1_000 + lane) + f":{chance.randint(1, 4)}",
            "skill:" + _id(300 + chance.randrange(60)) + f":{chance.randint(1, 4)}",
        }
        any_of = [[f"vendor:{_id(n)}" for n in chance.sample(range(20), 3)]] if chance.random() < 0.3 else []
        excludes = {f"skill-closed:{_id(300 + chance.randrange(60))}"}
        made.append((lane, canonical(requires, any_of, excludes)))
    return made


def people(chance: random.Random) -> list[tuple[str, ...]]:
    """People who hold most of what is asked, so that most conditions pass and some lanes serve them."""
    made = []
    for _ in range(PEOPLE):
        held = {"role:annotator", f"vendor:{_id(chance.randrange(20))}"}
        held |= {
            "agreement:" + _id(n) + f":{v}" for n in range(45) for v in (1, 2, 3) if chance.random() < 0.9
        }
        held |= {"course:" + _id(100 + n) + ":1" for n in range(200) if chance.random() < 0.8}
        held |= {
            f"guideline:{_id(1_000 + n)}:{chance.randint(1, 4)}"
            for n in range(LANES)
            if chance.random() < 0.3
        }
        for n in chance.sample(range(60), 30):
            held |= {f"skill:{_id(300 + n)}:{level}" for level in range(1, chance.randint(2, 5))}
        made.append(tuple(sorted(held)))
    return made


def _id(n: int) -> str:
    return str(UUID(int=n))


def median_ms(act: Callable[[], object], rounds: int) -> float:
    """The median duration in milliseconds."""
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1_000)
    return statistics.median(took)


def main() -> None:
    """Print both medians, and how many pairs are eligible, as one JSON object."""
    chance = random.Random(1)
    asked, everybody = lanes(chance), people(chance)
    index = compiled(asked)
    served = sum(index.mask(held).bit_count() for held in everybody)
    assert index.of(everybody[0]) == [lane for lane, one in asked if not one.unmet(everybody[0])]
    told = {
        "lanes": LANES,
        "people": PEOPLE,
        "eligible_pairs": served,
        "compile_ms": round(median_ms(lambda: compiled(asked), 5), 3),
        "one_person_ms": round(median_ms(lambda: index.of(everybody[0]), ONE_ROUNDS), 3),
        "all_people_ms": round(median_ms(lambda: [index.of(held) for held in everybody], ALL_ROUNDS), 1),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
