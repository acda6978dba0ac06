"""A link where a command would stand opens the window."""

import os
import sys
from pathlib import Path

import pytest

import lightwork_ui.app
from lightwork.cli import main as cli

LINK = "lightwork://example.org/" + "a" * 32


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ([], []),
        (["status", "--json"], ["status", "--json"]),
        (["--tray"], ["--tray"]),
        ([LINK], ["open", "--", LINK]),
        (["LightWork:x"], ["open", "--", "LightWork:x"]),
        (["--", LINK], ["open", "--", LINK]),
        (["--home", "/h", "--", LINK], ["--home", "/h", "open", "--", LINK]),
        (["--home=/h", "--tray", LINK], ["--home=/h", "--tray", "open", "--", LINK]),
        # A link that leaves its quotes: what follows is no option, and one argument too many.
        (["--", LINK, "--home", "/evil"], ["open", "--", LINK, "--home", "/evil"]),
        (["join", LINK], ["join", LINK]),
        (["contribute", "--project", LINK], ["contribute", "--project", LINK]),
        (["--home"], ["--home"]),
        (["--home", LINK], ["--home", LINK]),
    ],
)
def test_where_a_link_stands(given: list[str], understood: list[str]) -> None:
    assert cli.with_open(given) == understood


@pytest.mark.parametrize(
    ("given", "opened", "folder"),
    [
        ([], [], None),
        (["--tray"], ["--tray"], None),
        ([LINK], ["--", LINK], None),
        (["--home", "other", "--tray"], ["--tray"], "other"),
        (["--home", "other", "--", LINK], ["--", LINK], "other"),
        (["open", LINK], ["--", LINK], None),
        (["--", LINK, "--home", "/evil"], None, None),
        (["--nonsense"], None, None),
    ],
)
def test_what_the_window_is_opened_with(
    given: list[str], opened: list[str] | None, folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows: list[list[str]] = []
    monkeypatch.setattr(lightwork_ui.app, "main", lambda argv: windows.append(argv) or 0)
    monkeypatch.setattr(sys, "argv", ["lightwork", *given])
    before = os.environ["LIGHTWORK_HOME"]
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert windows == ([] if opened is None else [opened])
    assert ended.value.code == (2 if opened is None else 0)
    assert os.environ["LIGHTWORK_HOME"] == (folder or before)


def test_a_home_that_is_named_holds_for_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lightwork", "--home", str(tmp_path), "status"])
    (tmp_path / "node.json").write_text('{"port":1,"token":"","process":1,"version":99}')
    with pytest.raises(SystemExit):
        cli.main()
    assert "newer" in capsys.readouterr().err, "it was this folder's node that was asked"
