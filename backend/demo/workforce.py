"""Who works in the demonstration: simulated people with skills, and the errors that people really make."""

from dataclasses import dataclass
from random import Random

from backend.demo.digits import Digit

SEED = 1797
ADDRESS = "{}@demo.invalid"
LOOK_ALIKES = {
    0: (6, 8),
    1: (7, 4),
    2: (3, 7),
    3: (8, 5),
    4: (9, 1),
    5: (6, 3),
    6: (0, 5),
    7: (1, 9),
    8: (3, 1),
    9: (4, 8),
}
"""What each digit is most easily taken for, the likelier one first."""
LOOK_ALIKE_SHARE = (0.7, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """One simulated person: right with `skill` and `exam_skill` (0..1) in the exam; a spammer just clicks."""

    handle: str
    name: str
    skill: float
    exam_skill: float
    spams: bool = False

    @property
    def email(self) -> str:
        """An address that can never be a real one (RFC 2606)."""
        return ADDRESS.format(self.handle)

    def answer(self, digit: Digit, exam: bool = False) -> str:
        """What this person takes the digit for: always the same for the same person and image."""
        dice = Random(f"{SEED}:{self.handle}:{exam}:{digit.pixels.hex()}")
        if self.spams and not exam:
            return str(dice.randrange(10))
        if dice.random() < (self.exam_skill if exam else self.skill):
            return str(digit.label)
        first, second = LOOK_ALIKE_SHARE
        drawn, (likely, less) = dice.random(), LOOK_ALIKES[digit.label]
        return str(likely if drawn < first else less if drawn < second else dice.randrange(10))

    def seconds(self, digit: Digit) -> int:
        """How long it takes this person, in whole seconds; a spammer takes one."""
        dice = Random(f"{SEED}:{self.handle}:seconds:{digit.pixels.hex()}")
        return 1 if self.spams else 1 + round(dice.lognormvariate(1.2, 0.5))


def _annotator(number: int, skill: float, exam_skill: float | None = None, spams: bool = False) -> Character:
    return Character(
        handle=f"annotator{number:02}",
        name=f"Simulated annotator {number:02}",
        skill=skill,
        exam_skill=skill if exam_skill is None else exam_skill,
        spams=spams,
    )


_SKILLS = (0.98, 0.97, 0.96, 0.95, 0.94, 0.92, 0.90, 0.88, 0.85, 0.82, 0.78, 0.74)
ANNOTATORS = tuple(_annotator(number, skill) for number, skill in enumerate(_SKILLS, start=1))
SPAMMER = _annotator(13, 0.1, exam_skill=0.9, spams=True)
"""Careful in the exam, careless afterwards: what only gold in work and reviews can find."""
UNQUALIFIED = _annotator(14, 0.4, exam_skill=0.2)
INVITED = _annotator(15, 0.9)
EXPERTS = tuple(
    Character(handle=f"expert{n}", name=f"Simulated expert {n}", skill=0.99, exam_skill=1.0) for n in (1, 2)
)
