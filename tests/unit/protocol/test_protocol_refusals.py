"""The table of refusals is whole."""

import pytest

from lightwork.domain.errors import Trouble
from lightwork.protocol.refusals import LATE, SENTENCES, Refusal, RefusedError, http_status


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_has_a_sentence_and_a_status(refusal: Refusal) -> None:
    sentence = SENTENCES[refusal]
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert 400 <= http_status(refusal) <= 599
    assert refusal.value == refusal.name.lower()


def test_nothing_is_listed_that_is_no_refusal() -> None:
    assert set(SENTENCES) == set(Refusal)
    assert len(set(SENTENCES.values())) == len(Refusal)
    assert set(Refusal) >= LATE


def test_the_error_says_it_in_words() -> None:
    error = RefusedError(Refusal.OFFSET_WRONG, 7)
    assert (error.trouble, error.refusal, error.offset) == (Trouble.REFUSED, Refusal.OFFSET_WRONG, 7)
    assert error.detail == SENTENCES[Refusal.OFFSET_WRONG]
