"""Measuring how fast a device trains, in this process."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from helpers.trainer_process import RECIPE, TINY, orders
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.engine import Engine
from lightwork.trainer.flat import gather
from lightwork.trainer.measure import measure
from lightwork.trainer.models import build, layout_of


def engine() -> Engine:
    return Engine(build(TINY), RECIPE, torch.device("cpu"), micro_batch=4)


def run(tmp_path: Path, one: Engine, ending: Callable[[], bool] = lambda: False, **seconds: float) -> wire.Measured:
    found = measure(one, orders(tmp_path), wire.Measure(**seconds), ending)
    assert found is not None
    return found


def test_tokens_are_counted_by_whole_sequences_and_by_the_clock(tmp_path: Path) -> None:
    measured = run(tmp_path, engine(), warmup_seconds=0.1, seconds=0.4)
    assert measured.tokens > 0
    assert measured.tokens % RECIPE.sequence == 0
    assert measured.seconds >= 0.4
    assert measured.memory > 1 << 20
    assert measured.micro_batch > 1  # it grew in the warm-up


def test_the_first_step_takes_all_memory_that_steps_need(tmp_path: Path) -> None:
    one = engine()
    before = gather(one.module, layout_of(one.module)).copy()
    measured = run(tmp_path, one)
    assert (measured.tokens, one.optimizer.steps) == (0, 1)
    assert len(one.optimizer.state()) >= len(layout_of(one.module).tensors)
    assert (gather(one.module, layout_of(one.module)) != before).any()


def test_tokens_are_those_that_went_through_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, seen = engine(), [0]
    forward = one.module.forward

    def counted(tokens: torch.Tensor) -> object:
        seen[0] += tokens.numel()
        return forward(tokens)

    monkeypatch.setattr(one.module, "forward", counted)
    measured = run(tmp_path, one, seconds=0.3)
    assert measured.tokens == seen[0] - RECIPE.sequence  # less the first step's one sequence


@pytest.mark.parametrize("after", [1, 3, 8])
def test_it_ends_between_two_passes_and_says_nothing_then(tmp_path: Path, after: int) -> None:
    asked = itertools.count(1)
    command = wire.Measure(warmup_seconds=100, seconds=100)
    assert measure(engine(), orders(tmp_path), command, lambda: next(asked) > after) is None


def test_a_pass_that_finds_no_room_is_tried_again_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = engine()
    one.start_at(4)
    forward = one.module.forward

    def needs_little(tokens: torch.Tensor) -> object:
        if len(tokens) > 1:
            raise torch.OutOfMemoryError("stand-in for a full device")
        return forward(tokens)

    monkeypatch.setattr(one.module, "forward", needs_little)
    measured = run(tmp_path, one, warmup_seconds=0.05, seconds=0.2)
    assert measured.tokens > 0
    assert measured.micro_batch == 1


@pytest.mark.parametrize(("passes", "trouble"), [(0, Trouble.DEVICE_TOO_SMALL), (1, Trouble.OUT_OF_MEMORY)])
def test_no_room_at_all_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passes: int, trouble: Trouble) -> None:
    one, left = engine(), [passes]
    forward = one.module.forward

    def full(tokens: torch.Tensor) -> object:
        if not left[0]:
            raise torch.OutOfMemoryError("stand-in for a full device")
        left[0] -= 1
        return forward(tokens)

    monkeypatch.setattr(one.module, "forward", full)
    with pytest.raises(LightworkError) as caught:
        run(tmp_path, one, seconds=0.05)
    assert caught.value.trouble is trouble
