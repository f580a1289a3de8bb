"""What each kind of flag was computed by, in words that a manager can put to the person concerned."""

from typing import NamedTuple


class Formula(NamedTuple):
    """Its name, and what it says and does not say."""

    name: str
    says: str


FORMULAS = {
    "spammer": Formula(
        "Raykar and Yu 2012, less chance's part",
        "The answers hardly depend on what is true: the score is 0 for who answers blindly and 1 for who is always"
        " right. Told only where the person is also worse than the pool for certain.",
    ),
    "too_fast": Formula(
        "share of answers under a quarter of the item's median time",
        "Many answers took less than a quarter of what others took for the same item, and something else points the"
        " same way (signals). Speed alone says little.",
    ),
    "too_even": Formula(
        "spread of log-times (median absolute deviation) against the pool's median spread",
        "The times differ far less from each other than anybody else's, as a program's would.",
    ),
    "copying": Formula(
        "binomial test of identical wrong answers, Bonferroni over the pairs tested",
        "Two people are wrong in the same way more often than strangers are. It does not say who copied from whom.",
    ),
    "leak": Formula(
        "Fisher's exact test, one-sided, of gold against work drawn for review by chance",
        "The person is markedly better on gold than on like work, as who recognises gold would be.",
    ),
    "class_mix": Formula(
        "G-test with Williams's correction against the others in the same lane",
        "The person answers other classes than the others do on like work.",
    ),
    "mix_drift": Formula(
        "Woolf's test of the newer against the older half, moved as the others' mix has moved",
        "The person answers other classes than before, and the others' work does not explain it.",
    ),
    "simultaneous": Formula(
        "binomial test of identical answers within seconds, Bonferroni over the pairs tested",
        "Two people gave the same answer to the same item within seconds, far more often than their agreement and"
        " others who work at the same time explain.",
    ),
    "shared_device": Formula(
        "days on one device; slots in common and in turns against days turned at random",
        "Two people worked on one device. `together`: in the same quarters of an hour; `apart`: in turns, several times"
        " a day; else something between them points the same way (signals). Two people at one machine look alike.",
    ),
    "shared_address": Formula(
        "days on one small network; slots in common and in turns against days turned at random",
        "Two people worked from a network that few share, and something else points the same way (signals). A household"
        " or a small office says no more than that.",
    ),
}
"""Kind -> what it is computed by."""
