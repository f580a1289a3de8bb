"""Northlight, a vendor that does not exist: its people, its letters, and what its work asks of them."""

from dataclasses import dataclass
from random import Random

from backend.demo.workforce import SEED
from backend.reenact.client import Json

VENDOR, TEAM, SKILL = "Northlight (simulated)", "Letters", "Sorting letters"
ADDRESS = "{}@northlight.invalid"
TOPICS = ("bill", "delivery", "complaint")
SECONDS = 3
LEVEL_MIN = 2
"""In the skill, of whoever answers complaints."""

PERMANENT, SEASON = "Northlight: confidentiality", "Northlight: confidentiality for one season"
AGREEMENTS: dict[str, Json] = {
    PERMANENT: {"text": "This is a demonstration. I show the letters of Northlight's customers to nobody.\n"},
    SEASON: {
        "text": "This is a demonstration. For one season, I show the letters to nobody.\n",
        "valid_days": 18,
    },
}
"""One of them is enough."""

INTRODUCTION, FAIRNESS = "Sorting letters: introduction", "Complaints: staying fair"
RIGHT = {"question": "twice", "answer": "delivery"}
_ASKED = [{"id": "twice", "prompt": "The parcel came twice. What is this about?", "answer": "delivery"}]
COURSES: dict[str, Json] = {
    INTRODUCTION: {
        "content": {"text": "Each letter is about one thing: a bill, a delivery, or a complaint about us."},
        "questions": _ASKED,
        "pass_mark": 1,
    },
    FAIRNESS: {
        "content": {"text": "An angry letter is read as carefully as a kind one."},
        "questions": _ASKED,
        "pass_mark": 1,
        "valid_days": 25,
    },
}

LETTERS, COMPLAINTS = "Letters by topic (simulated workforce)", "Complaints (simulated workforce)"
_SENT = {
    "You charged me twice in March.": "bill",
    "The parcel stood in the rain.": "delivery",
    "Nobody ever answers your telephone.": "complaint",
    "May I pay in two parts?": "bill",
    "Please leave it with my neighbour.": "delivery",
    "Your driver was rude to my mother.": "complaint",
    "The invoice names the wrong company.": "bill",
    "Two of the three boxes arrived.": "delivery",
    "This is the third time that I write.": "complaint",
    "Where do I find my tax number?": "bill",
    "Can it come on Friday instead?": "delivery",
    "I was promised a call, and none came.": "complaint",
}
_ANGRY = (
    "I want my money back, now.",
    "I shall tell everybody about you.",
    "Is anybody at home?",
    "Never again.",
)
PROJECTS = {LETTERS: tuple(_SENT), COMPLAINTS: _ANGRY}
"""The letters of each."""
NEWS = {
    "title": "Complaints from Monday",
    "text": "Who has passed the course on fairness gets complaints, too.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Working hours in minutes since midnight of the time zone."""

    time_zone: str
    begins: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One simulated person of Northlight, and how far they come.

    `signed` and `passed` are titles; `level` in the skill by a manager's word, 0 for none; `answers`: so many letters
    are answered, each rightly with the probability `accuracy`; `reads`: what is announced.
    """

    handle: str
    claims: bool = True
    signed: str | None = None
    passed: tuple[str, ...] = ()
    level: int = 0
    answers: int = 0
    accuracy: float = 0.9
    reads: bool = False
    paused: bool = False
    hours: Hours | None = None

    @property
    def name(self) -> str:
        """Plainly invented."""
        return f"Simulated {self.handle.capitalize()} Example"

    @property
    def email(self) -> str:
        """An address that can never be a real one (RFC 2606)."""
        return ADDRESS.format(self.handle)

    def answer(self, text: str) -> str:
        """What this person takes the letter for: always the same for the same person and letter."""
        dice = Random(f"{SEED}:{self.handle}:{text}")
        return _SENT[text] if dice.random() < self.accuracy else dice.choice(TOPICS)


NORA = Member(
    handle="nora",
    signed=PERMANENT,
    passed=(INTRODUCTION, FAIRNESS),
    level=3,
    answers=3,
    reads=True,
    hours=Hours(time_zone="Europe/Lisbon", begins=9 * 60, ends=17 * 60),
)
"""The only one who may answer complaints, until the course lapses."""
NILS = Member(
    handle="nils",
    signed=SEASON,
    passed=(INTRODUCTION,),
    answers=3,
    accuracy=0.7,
    hours=Hours(time_zone="Asia/Kolkata", begins=10 * 60, ends=18 * 60),
)
"""Signed for a season, which ends."""
NADIA = Member(handle="nadia", signed=PERMANENT, passed=(INTRODUCTION,), answers=3, reads=True)
NOAH = Member(handle="noah", signed=PERMANENT, passed=(INTRODUCTION,), paused=True)
"""On leave until next week."""
NINA = Member(handle="nina", passed=(INTRODUCTION,))
"""One signature away from work."""
NURI = Member(handle="nuri", claims=False)
"""Only invited."""
MEMBERS = (NORA, NILS, NADIA, NOAH, NINA, NURI)


def roster() -> str:
    """These people as the CSV file that their manager sends."""
    rows = (f"{one.name},{one.email},{TEAM}\n" for one in MEMBERS)
    return "name,email,team\n" + "".join(rows)
