"""The fuzz target itself: it holds for sound payloads and for damaged ones, and it notices a codec that is wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import fuzz_codec


@pytest.mark.parametrize("number", range(len(fuzz_codec.SCHEMES)))
def test_sound_payloads_are_read(number: int) -> None:
    fuzz_codec.one_input(fuzz_codec.sound()[number])


@given(st.sampled_from(fuzz_codec.sound()), st.data())
@settings(deadline=None, max_examples=300)
def test_changed_payloads_are_read_or_refused_alike(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    fuzz_codec.one_input(bytes(changed[: data.draw(st.integers(len(changed) - 3, len(changed)))]))


def test_a_reader_that_is_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = fuzz_codec.decode
    monkeypatch.setattr(fuzz_codec, "decode", lambda payload, layout: right(payload, layout) * np.float32(1.001))
    with pytest.raises(AssertionError):
        fuzz_codec.one_input(fuzz_codec.sound()[0])
