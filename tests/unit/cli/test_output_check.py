"""What `lightwork check` and `lightwork look` print."""

import pytest

from lightwork.cli import output
from lightwork.domain.sentences import TROUBLES
from lightwork.domain.states import PAUSE_SENTENCES, CheckStep, PauseReason
from lightwork.protocol.control import Checked, CheckReport


@pytest.mark.parametrize(
    ("passed", "detail", "line"),
    [
        (True, "torch 2.13.0", "ok  Training runtime: torch 2.13.0"),
        (True, "", "ok  Training runtime"),
        (False, "runtime_missing", f"--  Training runtime: {TROUBLES['runtime_missing']}"),  # type: ignore[index]
        (False, "game", f"--  Training runtime: {PAUSE_SENTENCES[PauseReason.GAME]}"),
        (False, "", "--  Training runtime"),
        (True, "[red]a\x1b[31mcard[/red]", "ok  Training runtime: [red]a?[31mcard[/red]"),
    ],
)
def test_a_step_that_has_ended_is_one_line(
    capsys: pytest.CaptureFixture[str], passed: bool, detail: str, line: str
) -> None:
    output.checked(Checked(id=1, step=CheckStep.RUNTIME))
    output.checked(Checked(id=1, step=CheckStep.RUNTIME, passed=passed, detail=detail))
    assert " ".join(capsys.readouterr().out.split()) == " ".join(line.split())


def test_a_report_is_called_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    report = CheckReport(
        device=None,
        driver="",
        runtime="",
        allowed=0,
        parameters=1_000_000,
        tokens_per_second=1234.5,
        operations_per_day=5 * 10**15,
        seconds=18.0,
    )
    output.check(report)
    said = capsys.readouterr().out
    assert "1,234 tokens/s of 1,000,000 parameters" in said
    assert "estimate" in said
    assert "5 credits a day" in said
