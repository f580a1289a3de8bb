"""Transcripts by vote: every word put to the vote where it stands."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.statistics.text_vote import agreement_weights, vote
from benchmarks.quality import fusion, sets

words = st.lists(st.sampled_from("abcd"), max_size=6)
crowds = st.lists(words, min_size=1, max_size=5)


def voted(*texts: str, weights: list[float] | None = None) -> str:
    return " ".join(vote([text.split() for text in texts], weights).words)


def test_each_makes_another_mistake_and_together_none() -> None:
    found = voted(
        "it should be stored in airtight vessels",
        "it could be stored away in vessels",
        "should be stored away in airtight",
    )
    assert found == "it should be stored away in airtight vessels"


def test_a_word_only_one_wrote_is_left_out_and_one_most_wrote_put_in() -> None:
    assert voted("the old house", "the house", "the house") == "the house"
    assert voted("the house", "the old house", "the old house") == "the old house"


def test_shares_tell_how_many_wrote_each_word() -> None:
    found = vote(["a b".split(), "a c".split(), "a b".split(), "a b".split()])
    assert found.words == ("a", "b") and found.shares == (1.0, 0.75)


def test_a_heavier_annotator_outweighs_two() -> None:
    assert voted("red house", "blue house", "blue house", weights=[3.0, 1.0, 1.0]) == "red house"


def test_none_and_empty_transcripts_give_nothing() -> None:
    assert vote([]).words == vote([[], []]).words == ()
    assert voted("a", "", "") == "" and voted("a", "a", "") == "a"


@given(words, st.integers(1, 5))
def test_those_who_agree_are_taken_at_their_word(text: list[str], count: int) -> None:
    found = vote([text] * count)
    assert found.words == tuple(text) and all(share == 1.0 for share in found.shares)


@given(words, words, st.integers(1, 2))
def test_an_outright_majority_is_taken_at_its_word(text: list[str], other: list[str], minority: int) -> None:
    assert vote([text] * (minority + 1) + [other] * minority).words == tuple(text)


@settings(max_examples=150)
@given(crowds, st.randoms(use_true_random=False))
def test_the_order_of_transcripts_does_not_matter(transcripts: list[list[str]], dice: random.Random) -> None:
    turned = dice.sample(transcripts, len(transcripts))
    assert vote(turned) == vote(transcripts)
    assert sorted(agreement_weights(turned)) == sorted(agreement_weights(transcripts))


@given(crowds)
def test_no_word_comes_from_nowhere(transcripts: list[list[str]]) -> None:
    found = vote(transcripts)
    assert {*found.words} <= {word for text in transcripts for word in text}
    assert len(found.shares) == len(found.words) <= sum(map(len, transcripts))
    assert all(0.0 < share <= 1.0 for share in found.shares)


def test_who_wrote_about_something_else_is_heard_less() -> None:
    weights = agreement_weights([text.split() for text in ("a b c d", "a b c d", "a b c e", "x y z")])
    assert weights[0] == weights[1] > weights[2] > weights[3] == 0.05
    assert agreement_weights([]) == [] and agreement_weights([["a"]]) == [1.0]


def test_empty_words_and_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="an empty one"):
        vote([["a", ""]])
    with pytest.raises(ValueError, match="a weight above 0"):
        vote([["a"]], [1.0, 2.0])


@pytest.mark.skipif(not (sets.SETS / fusion.TEXT_SET).is_dir(), reason="../shared/data is not here")
def test_the_vote_halves_the_errors_of_one() -> None:
    (row,) = fusion.texts(every=10)
    assert row["fused"] < 0.5 * row["single_mean"] and row["fused"] > row["single_best"]
