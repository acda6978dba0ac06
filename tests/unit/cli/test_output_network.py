"""What `lightwork status` and `lightwork stats` print of the network."""

from collections.abc import Callable
from datetime import datetime

import pytest

from lightwork.cli import output
from lightwork.domain.status import DataUse, NetworkStatus, NodeStatus
from lightwork.protocol.control import StatsReport

ENDS = datetime(2040, 12, 1).timestamp()
MONTH = DataUse(used=31_240_000_000, cap=50 * 10**9, ends=ENDS, expected=43_800_000_000)
DAY = DataUse(used=998_000_000, cap=10**9, ends=ENDS, expected=998_000_000)
SHORT = DataUse(used=1, cap=10**9, ends=ENDS, expected=2 * 10**9, reached=datetime(2040, 11, 24, 8).timestamp())


def status(network: NetworkStatus) -> None:
    output.status(NodeStatus(network=network))


def stats(network: NetworkStatus) -> None:
    nothing = {"verified": 0, "pending": 0, "rejected": 0, "receipts": 0, "tokens": 0, "sent": 0, "received": 0}
    output.stats(StatsReport(**nothing, traffic=(), contributions=(), network=network))


@pytest.mark.parametrize("show", [status, stats])
@pytest.mark.parametrize(
    ("network", "lines"),
    [
        (NetworkStatus(month=MONTH), ["data This month: 31.2 of 50 GB, about 43.8 GB by 1 December"]),
        (
            NetworkStatus(month=MONTH, day=DAY),
            ["data Today: 0.998 of 1 GB, begins anew at midnight", "data This month: 31.2 of 50 GB"],
        ),
        (NetworkStatus(month=SHORT), ["data This month: 0 of 1 GB, lasts until about 24 November"]),
        (NetworkStatus(month=DataUse(used=5_000_000, ends=ENDS)), ["data This month: 5.0 MB"]),
        (
            NetworkStatus(upload_limit=500_000, download_limit=2_000_000),
            ["limited to 500.0 kB/s up, 2.0 MB/s down"],
        ),
    ],
)
def test_what_is_allowed_and_what_will_come_of_it(
    capsys: pytest.CaptureFixture[str], show: Callable[[NetworkStatus], None], network: NetworkStatus, lines: list[str]
) -> None:
    show(network)
    said = " ".join(capsys.readouterr().out.split())
    for line in lines:
        assert line in said


def test_an_older_node_tells_of_no_month(capsys: pytest.CaptureFixture[str]) -> None:
    status(NetworkStatus())
    said = capsys.readouterr().out
    assert "This month" not in said
    assert "limited" not in said
