"""What the window is started with."""

import pytest

from lightwork_ui.arguments import LONGEST_LINK, Arguments, parse_arguments

LINK = "lightwork://example.org/" + "a" * 32


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], Arguments()),
        (["--tray"], Arguments(tray=True)),
        (["--home", "/h i", "--tray"], Arguments(tray=True, home="/h i")),
        (["--home=/h"], Arguments(home="/h")),
        (["--home"], Arguments()),
        (["--home", "--"], Arguments(home="--")),
        ([LINK], Arguments(link=LINK)),
        (["--", LINK], Arguments(link=LINK)),
        (["LIGHTWORK://Example.org/x"], Arguments(link="LIGHTWORK://Example.org/x")),
        (["--tray", "--home", "/h", "--", LINK], Arguments(tray=True, home="/h", link=LINK)),
        ([LINK, LINK + "b"], Arguments(link=LINK)),
        (["-style", "fusion", "--tray"], Arguments(tray=True, qt=("-style", "fusion"))),
        # Behind the dashes is what a web page has chosen: never an option, neither ours nor Qt's.
        (["--", LINK, "--home", "/evil", "-platformpluginpath", "/evil"], Arguments(link=LINK)),
        (["--", "--home", "/evil"], Arguments()),
        (["--", "-stylesheet", "/evil", LINK], Arguments(link=LINK)),
        (["--"], Arguments()),
        (["--", ""], Arguments()),
        (["--", "https://example.org"], Arguments()),
        (["lightwork:" + "x" * LONGEST_LINK], Arguments()),
        (["lightwork://a/\n--home"], Arguments()),
        (["lightwork://a/\u202egpj"], Arguments()),
        (["lightwork://a/\udcff"], Arguments()),
    ],
)
def test_arguments(argv: list[str], expected: Arguments) -> None:
    assert parse_arguments(argv) == expected
