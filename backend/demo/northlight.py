"""Northlight, a vendor that does not exist: its people, its letters, and what it asks of them."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from backend.demo.workforce import SEED

VENDOR, TEAM = "Northlight (simulated)", "Letters"
SKILL = "Sorting letters"
ADDRESS = "{}@northlight.invalid"
TOPICS = ("bill", "delivery", "complaint")

PERMANENT = "Northlight: confidentiality (demonstration)"
SEASON = "Northlight: confidentiality for one season (demonstration)"
TEXTS = {
    PERMANENT: "This is a demonstration. The undersigned shows the letters of Northlight's customers to nobody.\n",
    SEASON: "This is a demonstration. For one season, the undersigned shows the letters to nobody.\n",
}
SEASON_DAYS = 18
INTRODUCTION, FAIRNESS = "Sorting letters: introduction", "Complaints: staying fair"
LESSONS = {
    INTRODUCTION: "Each letter is about one thing: a bill, a delivery, or a complaint about us.",
    FAIRNESS: "An angry letter is read as carefully as a kind one.",
}
FAIRNESS_DAYS = 25
"""What was learned about fairness lapses after so many days, a season's signature after SEASON_DAYS."""
QUESTION = {"id": "what", "prompt": "Your order came twice. What is this about?", "answer": "delivery"}

LETTERS = (
    ("You charged me twice in March.", "bill"),
    ("The parcel stood in the rain.", "delivery"),
    ("Nobody ever answers your telephone.", "complaint"),
    ("May I pay in two parts?", "bill"),
    ("Please leave it with my neighbour.", "delivery"),
    ("Your driver was rude to my mother.", "complaint"),
    ("The invoice names the wrong company.", "bill"),
    ("Two of the three boxes arrived.", "delivery"),
    ("This is the third time that I write.", "complaint"),
    ("Where do I find my tax number?", "bill"),
    ("Can it come on Friday instead?", "delivery"),
    ("I was promised a call, and none came.", "complaint"),
)
ANGRY = (
    "I want my money back, now.",
    "I shall tell everybody about you.",
    "Is there anybody at home at all?",
    "Never again.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Weekdays from `begins` to `ends`, in minutes since midnight in the time zone."""

    time_zone: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One simulated person of Northlight, and how far they have come.

    `signed`: the title of what they signed, None for who only claimed; `passed`: titles of courses; `level` in the
    skill by a manager's word, 0 for none; `answers`: how many letters they answer, each rightly with `skill` (0..1).
    """

    handle: str
    standing: Literal["invited", "active", "paused"] = "active"
    signed: str | None = None
    passed: tuple[str, ...] = ()
    level: int = 0
    answers: int = 0
    skill: float = 0.9
    reads: bool = False
    hours: Hours | None = None

    @property
    def name(self) -> str:
        """Plainly invented."""
        return f"Simulated {self.handle.capitalize()} Example"

    @property
    def email(self) -> str:
        """An address that can never be a real one (RFC 2606)."""
        return ADDRESS.format(self.handle)

    def answer(self, text: str, topic: str) -> str:
        """What this person takes the letter for: always the same for the same person and letter."""
        dice = Random(f"{SEED}:{self.handle}:{text}")
        return topic if dice.random() < self.skill else dice.choice([one for one in TOPICS if one != topic])


NORA = Member(
    handle="nora",
    signed=PERMANENT,
    passed=(INTRODUCTION, FAIRNESS),
    level=3,
    answers=4,
    skill=0.98,
    reads=True,
    hours=Hours(time_zone="Europe/Lisbon", begins=9 * 60, ends=17 * 60),
)
"""The only one who may answer complaints, until what she learned about fairness lapses."""
NILS = Member(
    handle="nils",
    signed=SEASON,
    passed=(INTRODUCTION,),
    answers=4,
    skill=0.8,
    hours=Hours(time_zone="Asia/Kolkata", begins=10 * 60, ends=18 * 60),
)
"""His signature ends with the season."""
NADIA = Member(handle="nadia", signed=PERMANENT, passed=(INTRODUCTION,), answers=3, reads=True)
NOAH = Member(handle="noah", standing="paused", signed=PERMANENT, passed=(INTRODUCTION,))
NINA = Member(handle="nina", passed=(INTRODUCTION,))
"""One signature away from work."""
NURI = Member(handle="nuri", standing="invited")
MEMBERS = (NORA, NILS, NADIA, NOAH, NINA, NURI)


def roster() -> str:
    """Northlight's people as the CSV file that its manager sends."""
    rows = [f"{one.name},{one.email},{TEAM}" for one in MEMBERS]
    return "\n".join(("name,email,team", *rows, ""))
