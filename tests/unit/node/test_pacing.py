"""Limits of heat, power and noise: what the rules answer, and where they settle on a device of their own."""

import pytest

from lightwork.node.pacing import QUIET_CELSIUS, QUIET_DUTY, Limits, next_duty
from lightwork.protocol.trainer import LEAST_DUTY


@pytest.mark.parametrize(
    ("duty", "limits", "watts", "celsius", "expected"),
    [
        (1.0, Limits(), 300.0, 95.0, 1.0),  # no limits
        (1.0, Limits(watts=200.0, celsius=80.0), None, None, 1.0),  # a device that tells nothing
        (1.0, Limits(duty=0.5), 300.0, 95.0, 0.5),  # at once
        (1.0, Limits(watts=200.0), 400.0, None, 0.5),
        (1.0, Limits(watts=200.0), 4000.0, None, 0.5),  # one wild reading does not stop it
        (0.5, Limits(watts=200.0), 195.0, None, 0.5),  # near the limit nothing changes
        (0.5, Limits(watts=200.0), 100.0, None, 0.525),
        (1.0, Limits(celsius=80.0), None, 85.0, 0.9),
        (0.5, Limits(celsius=80.0), None, 79.0, 0.5),
        (0.5, Limits(celsius=80.0), None, 60.0, 0.525),
        (0.5, Limits(watts=200.0, celsius=80.0), 100.0, 90.0, 0.4),  # the strictest counts
        (LEAST_DUTY, Limits(celsius=80.0), None, 200.0, LEAST_DUTY),
        (0.99, Limits(), None, None, 1.0),
        (0.05, Limits(), None, None, 0.06),  # a small share comes back, too
        (0.1, Limits(celsius=80.0), None, 81.0, 0.09),
        (0.1, Limits(duty=0.05), None, None, 0.05),
    ],
)
def test_the_next_share(duty: float, limits: Limits, watts: float, celsius: float, expected: float) -> None:
    assert next_duty(duty, limits, watts=watts, celsius=celsius) == pytest.approx(expected)


def test_quiet_mode_tightens_and_never_loosens() -> None:
    assert Limits().quiet() == Limits(duty=QUIET_DUTY, celsius=QUIET_CELSIUS)
    assert Limits(duty=0.2, watts=99.0, celsius=50.0).quiet() == Limits(duty=0.2, watts=99.0, celsius=50.0)


@pytest.mark.parametrize(
    ("limits", "most_watts", "most_celsius"),
    [
        (Limits(watts=150.0), 150.0, 200.0),
        (Limits(celsius=70.0), 400.0, 70.0),
        (Limits(watts=200, celsius=75), 200, 75),
    ],
)
def test_a_card_settles_below_its_limits_without_hunting(
    limits: Limits, most_watts: float, most_celsius: float
) -> None:
    """A card of 30 W idle and 320 W full, which warms up by 0.2 degrees a watt with a time constant of 40 seconds."""
    duty, celsius, shares = limits.duty, 35.0, []
    for _ in range(900):  # half an hour, every two seconds
        watts = 30.0 + 290.0 * duty
        celsius += (25.0 + 0.2 * watts - celsius) * 2.0 / 40.0
        duty = next_duty(duty, limits, watts=watts, celsius=celsius)
        shares.append((watts, celsius, duty))
    late = shares[450:]
    assert max(watts for watts, _, _ in late) <= most_watts * 1.02
    assert max(heat for _, heat, _ in late) <= most_celsius + 1.0
    kept = [share for _, _, share in late]
    assert max(kept) - min(kept) <= 0.08, "it settles"
    assert min(kept) > 0.1, "it uses what is allowed"


def test_after_a_hot_hour_it_comes_back_to_all_of_it() -> None:
    duty = 1.0
    for celsius in [95.0] * 200 + [50.0] * 200:
        duty = next_duty(duty, Limits(celsius=80.0), watts=None, celsius=celsius)
    assert duty == 1.0
