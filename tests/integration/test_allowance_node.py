"""A data allowance in the life of a whole node: training pauses within it, loses nothing, and goes on when it grows."""

import time
from pathlib import Path

import pytest

from helpers.town import town, wait_until
from lightwork.domain.sentences import describe
from lightwork.domain.states import PauseReason, Phase
from lightwork.protocol import control as wire

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

CAP_GB = 0.001


def test_training_pauses_within_its_allowance_and_goes_on_when_it_grows(tmp_path: Path) -> None:
    with town(tmp_path, 1) as (host, (person,)):
        person.ask(wire.Change, key="pausing.quiet_seconds", value=0.0)
        person.ask(wire.Change, key="computing.low_priority", value=False)  # how fast it trains is not the matter here
        person.ask(wire.Change, key="network.day_gb", value=CAP_GB)
        person.ask(wire.Contribute, link=host.link)
        wait_until(lambda: person.status().phase is Phase.PAUSED, 200, "the allowance to be used up")
        status = person.status()
        assert [pause.reason for pause in status.pauses] == [PauseReason.DATA_DAY]
        sentence = describe(status, status.at).text()
        assert sentence == f"Paused until midnight: today's data allowance of {CAP_GB:g} GB is used up."
        wait_until(lambda: person.trainer is None, 20, "the trainer to end")
        time.sleep(2)  # nothing trickles on
        status = person.status()
        assert status.phase is Phase.PAUSED
        assert 0.99e9 * CAP_GB <= status.network.day.used <= 1.01e9 * CAP_GB
        verified, steps = status.credits.verified, status.training.steps

        # A node that starts anew still knows.
        person.stop()
        person.start()
        wait_until(lambda: person.status().pauses, 30, "the pause after a restart")
        assert person.status().pauses[0].reason is PauseReason.DATA_DAY

        person.ask(wire.Change, key="network.day_gb", value=1.0)
        wait_until(lambda: person.status().phase is Phase.TRAINING, 90, "training again")
        wait_until(lambda: person.status().credits.verified > verified, 90, "credit for more work")
        assert person.status().training.steps >= steps, "it went on from where it was"
        assert not person.log("session failed")
