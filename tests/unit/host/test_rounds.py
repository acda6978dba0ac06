"""When a round closes: a table, and properties that hold whatever happens."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.host.rounds import (
    OpenRound,
    Rules,
    Volunteer,
    closing_time,
    expected,
    grace,
    quorum,
    spread,
)

RULES = Rules(seconds=100.0, quorum=0.6)
OPENED = 1000.0


def state(
    waited_for: str,
    answered: dict[str, float],
    *,
    pending: int | None = None,
    progress: float | None = None,
    spreads: tuple[float, ...] = (),
    behind: bool = False,
) -> OpenRound:
    """`waited_for`: a letter for each account; times are seconds after the opening."""
    return OpenRound(
        opened=OPENED,
        expected=frozenset(waited_for),
        answered={account: OPENED + at for account, at in answered.items()},
        pending=len(answered) if pending is None else pending,
        progress=None if progress is None else OPENED + progress,
        behind=behind,
        spreads=spreads,
    )


@pytest.mark.parametrize(
    ("case", "view", "closes"),
    [
        ("nobody", state("", {}), inf),
        ("nobody has answered", state("abc", {}), inf),
        ("only a rejected answer", state("a", {"a": 50}, pending=0), inf),
        ("the last one that was waited for", state("ab", {"a": 40, "b": 55}), 55),
        ("somebody who was not waited for", state("", {"x": 20}), 20),
        ("all of them when the time is nearly over", state("ab", {"a": 40, "b": 80}), 100),
        ("all of them when the time is over", state("ab", {"a": 99, "b": 101}), 101),
        ("one was rejected, all have answered", state("ab", {"a": 40, "b": 55}, pending=1), 55),
        ("only what was late for the round before", state("ab", {}, pending=1), 300),
        ("all, while somebody is behind", state("ab", {"a": 40, "b": 55}, behind=True), 100),
        ("the same, and nobody is waited for", state("", {}, pending=1), 100),
        ("no quorum", state("abcde", {"a": 10, "b": 20}), 300),
        ("a quorum within the time", state("abcde", {"a": 10, "b": 20, "c": 30}), 125),
        ("a quorum after the time", state("abcde", {"a": 10, "b": 20, "c": 130}), 155),
        ("more than a quorum", state("abcde", {"a": 10, "b": 20, "c": 130, "d": 140}), 155),
        ("a quorum near the end", state("abcde", {"a": 10, "b": 20, "c": 290}), 300),
        ("spreads were small", state("abcde", {"a": 1, "b": 2, "c": 110}, spreads=(0.0, 1.0)), 115),
        ("spreads were moderate", state("abcde", {"a": 1, "b": 2, "c": 110}, spreads=(20.0,)), 140),
        ("spreads were large", state("abcde", {"a": 1, "b": 2, "c": 110}, spreads=(90.0,)), 160),
        ("an upload that progresses", state("abcde", {"a": 1, "b": 2, "c": 110}, progress=133), 138),
        ("an upload that stands still", state("abcde", {"a": 1, "b": 2, "c": 110}, progress=70), 135),
        ("an upload that goes on too long", state("abcde", {"a": 1, "b": 2, "c": 110}, progress=159), 160),
    ],
)
def test_closing_time(case: str, view: OpenRound, closes: float) -> None:
    assert closing_time(view, RULES) == pytest.approx(OPENED + closes), case


@pytest.mark.parametrize(
    ("accounts", "share", "needed"), [(0, 0.6, 1), (1, 0.6, 1), (2, 0.6, 2), (5, 0.6, 3), (30, 0.1, 3), (3, 1.0, 3)]
)
def test_quorum(accounts: int, share: float, needed: int) -> None:
    assert quorum(accounts, Rules(seconds=1, quorum=share)) == needed


@pytest.mark.parametrize(
    ("spreads", "seconds"),
    [((), 25.0), ((0.0,), 5.0), ((10.0,), 15.0), ((1e9,), 50.0), ((*[1.0] * 9, 10.0), 5.0), ((*[1.0] * 8, 10, 10), 15)],
)
def test_grace_follows_the_spreads_within_its_bounds(spreads: tuple[float, ...], seconds: float) -> None:
    assert grace(spreads, RULES) == seconds


def test_who_is_waited_for() -> None:
    now = 5000.0
    volunteers = [
        Volunteer("this round", 7, now),
        Volunteer("last round", 6, now - 150),
        Volunteer("has not answered for a round", 5, now),
        Volunteer("silent", 7, now - 201),
        Volunteer("newly joined", -1, now),
    ]
    assert expected(volunteers, 7, now, RULES) == {"this round", "last round"}


def test_the_spread_of_a_round() -> None:
    assert spread(OPENED, [1010, 1020, 1130, 1150], 5, RULES) == 20
    assert spread(OPENED, [1010, 1020, 1030, 1150], 5, RULES) == 50
    assert spread(OPENED, [1010, 1020, 1030], 5, RULES) == 0
    assert spread(OPENED, [1010], 5, RULES) is None


times = st.floats(0, 1000, allow_nan=False)
views = st.builds(
    lambda waited, answered, rejected, progress, spreads: state(
        waited | set(answered),
        answered,
        pending=max(0, len(answered) - rejected),
        progress=progress,
        spreads=tuple(spreads),
    ),
    st.frozensets(st.sampled_from("abcdefgh")),
    st.dictionaries(st.sampled_from("abcdefghxyz"), times, max_size=11),
    st.integers(0, 3),
    st.none() | times,
    st.lists(times, max_size=12),
)


@given(views)
def test_a_round_with_a_contribution_ends_and_one_without_does_not(view: OpenRound) -> None:
    closes = closing_time(view, RULES)
    if view.pending == 0:
        assert closes == inf
    else:
        assert closes <= max(OPENED + 300, *view.answered.values())


@given(views)
def test_nobody_who_was_promised_time_is_cut_off_within_it(view: OpenRound) -> None:
    missing = view.expected - view.answered.keys()
    assert not missing or closing_time(view, RULES) >= OPENED + 100


@given(views, st.sampled_from("abcdefgh"))
def test_waiting_for_one_more_never_closes_a_round_earlier(view: OpenRound, account: str) -> None:
    more = OpenRound(
        opened=view.opened,
        expected=view.expected | {account},
        answered=view.answered,
        pending=view.pending,
        progress=view.progress,
        spreads=view.spreads,
    )
    # A time that is past means now, and now is not before the last answer.
    now = max(view.answered.values(), default=OPENED)
    assert max(closing_time(more, RULES), now) >= min(closing_time(view, RULES), OPENED + 300)
