"""What a session does next."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.node.plan import Step, View, next_step, seconds_until_due

CALM = View(
    host_version=10,
    oldest_update=0,
    checkpoint=0,
    seconds_left=8.0,
    version=10,
    checked=True,
    has_lease=True,
    packed=False,
    sent_for=9,
    unsent_steps=5,
    steps_wanted=20,
    seconds_to_send=1.0,
)


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({}, Step.WAIT),
        ({"version": None}, Step.LOAD_CHECKPOINT),
        ({"checked": False}, Step.CHECK),
        ({"version": 11}, Step.LOAD_CHECKPOINT),  # a host that was restored from an old backup
        ({"version": 9}, Step.APPLY_UPDATE),
        ({"version": 3, "oldest_update": 5, "checkpoint": 5}, Step.LOAD_CHECKPOINT),
        ({"host_version": 60, "checkpoint": 50, "version": 41}, Step.LOAD_CHECKPOINT),
        ({"host_version": 60, "checkpoint": 50, "version": 42}, Step.APPLY_UPDATE),
        ({"has_lease": False}, Step.TAKE_LEASE),
        ({"has_lease": False, "unsent_steps": 40, "sent_for": 10}, Step.WAIT),  # far enough ahead of the others
        ({"unsent_steps": 20}, Step.CONTRIBUTE),
        ({"seconds_left": 0.9}, Step.CONTRIBUTE),
        ({"seconds_left": 0.0}, Step.CONTRIBUTE),
        ({"seconds_left": 0.0, "unsent_steps": 0}, Step.WAIT),
        ({"seconds_left": 0.0, "packed": True}, Step.WAIT),
        ({"seconds_left": 0.0, "sent_for": 10}, Step.WAIT),
        ({"seconds_left": 0.0, "version": 9}, Step.APPLY_UPDATE),  # first the news: the host takes no old base
    ],
)
def test_next_step(changes: dict[str, object], step: Step) -> None:
    assert next_step(replace(CALM, **changes)) is step  # type: ignore[arg-type]


@given(
    st.builds(
        View,
        host_version=st.integers(0, 100),
        oldest_update=st.integers(0, 100),
        checkpoint=st.integers(0, 100),
        seconds_left=st.floats(0, 60),
        version=st.none() | st.integers(0, 100),
        checked=st.booleans(),
        has_lease=st.booleans(),
        packed=st.booleans(),
        sent_for=st.none() | st.integers(0, 100),
        unsent_steps=st.integers(0, 100),
        steps_wanted=st.integers(1, 50),
        seconds_to_send=st.floats(0, 10),
    )
)
def test_never_contributes_twice_for_a_version_nor_on_unchecked_or_old_weights(view: View) -> None:
    if next_step(view) is Step.CONTRIBUTE:
        assert view.checked
        assert view.version == view.host_version
        assert not view.packed
        assert view.sent_for != view.host_version
        assert view.unsent_steps > 0
    assert seconds_until_due(view) > 0
