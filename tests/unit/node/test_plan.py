"""What a session does next."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.node.plan import Step, View, may_train, next_step, seconds_until_due

CALM = View(
    host_version=10,
    oldest_update=0,
    seconds_left=8.0,
    version=10,
    checked=True,
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
        ({"checked": False, "version": 9}, Step.CHECK),  # a small document; then it trains while updates are fetched
        ({"checked": False, "version": 5, "oldest_update": 5}, Step.APPLY_UPDATE),  # the digest after it will tell
        ({"checked": False, "version": 4, "oldest_update": 5}, Step.LOAD_CHECKPOINT),  # nobody can tell, nor need to
        ({"version": 11}, Step.LOAD_CHECKPOINT),  # a host that was restored from an old backup
        ({"version": 9}, Step.APPLY_UPDATE),
        ({"version": 4, "oldest_update": 5}, Step.LOAD_CHECKPOINT),
        ({"version": 5, "oldest_update": 5}, Step.APPLY_UPDATE),
        ({"host_version": 600, "version": 10}, Step.APPLY_UPDATE),  # however long: all of it is still the smaller way
        ({"host_version": 600, "oldest_update": 600, "version": 599}, Step.LOAD_CHECKPOINT),
        ({"unsent_steps": 20}, Step.CONTRIBUTE),
        ({"seconds_left": 0.9}, Step.CONTRIBUTE),
        ({"seconds_left": 0.0}, Step.CONTRIBUTE),
        ({"seconds_left": 0.0, "unsent_steps": 0}, Step.WAIT),
        ({"seconds_left": 0.0, "packed": True}, Step.WAIT),
        ({"seconds_left": 0.0, "sent_for": 10}, Step.WAIT),
        ({"seconds_left": 0.0, "away": True}, Step.WAIT),
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
        seconds_left=st.floats(0, 60),
        version=st.none() | st.integers(0, 100),
        checked=st.booleans(),
        packed=st.booleans(),
        away=st.booleans(),
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
        assert not view.away
        assert view.sent_for != view.host_version
        assert view.unsent_steps > 0
    due = seconds_until_due(view)
    assert due is None or due > 0


@pytest.mark.parametrize(
    ("changes", "trains"),
    [
        ({}, True),
        ({"version": None}, False),
        ({"checked": False}, False),
        ({"version": 9}, True),  # the update is on its way; nobody waits for it
        ({"version": 2}, True),
        ({"version": 1}, False),  # those weights are history
        ({"version": 11}, False),
        ({"packed": True, "seconds_left": 0.0}, True),
        ({"unsent_steps": 119, "sent_for": 10}, True),  # the round is late; what is done now counts in the next
        ({"unsent_steps": 120, "sent_for": 10}, False),
    ],
)
def test_the_trainer_has_a_lease_whatever_else_goes_on(changes: dict[str, object], trains: bool) -> None:
    assert may_train(replace(CALM, **changes)) is trains  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [({}, 7.0), ({"seconds_left": 1.01}, 0.05), ({"seconds_left": 1.0}, None), ({"seconds_left": 0.0}, None)],
)
def test_the_clock_wakes_it_once(changes: dict[str, object], seconds: float | None) -> None:
    assert seconds_until_due(replace(CALM, **changes)) == seconds  # type: ignore[arg-type]
