"""What the window is started with: by a person, by the desktop at login, or by a click on a link."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_LINK = 2_048  # characters
_SCHEME = "lightwork:"


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments of a start. `home` is empty for the usual folder, `link` where none was given; `qt` are Qt's own."""

    tray: bool = False
    link: str = ""
    home: str = ""
    qt: tuple[str, ...] = ()


def parse_arguments(argv: Sequence[str]) -> Arguments:
    """`argv` is without the program's name: [--tray] [--home FOLDER] [LINK], or LINK last, behind `--`.

    Whatever stands behind `--` is a link or nothing: a web page has had its hands on it. There is nobody to be told of
    a mistake, so that what makes no sense is passed over.
    """
    tray, link, home = False, "", ""
    qt: list[str] = []
    words = iter(argv)
    for word in words:
        if word == "--":
            behind = [one for one in words if is_link(one)]  # all of it, so that nothing of it is looked at again
            link = link or next(iter(behind), "")
        elif word == "--tray":
            tray = True
        elif word == "--home":
            home = next(words, "")
        elif word.startswith("--home="):
            home = word.removeprefix("--home=")
        elif word.lower().startswith(_SCHEME):
            link = link or (word if is_link(word) else "")
        else:
            qt.append(word)
    return Arguments(tray, link, home, tuple(qt))


def is_link(text: str) -> bool:
    """Whether it looks like a join link, so that it is worth showing to a person; the node checks it."""
    return len(text) <= LONGEST_LINK and text.isprintable() and text.lower().startswith(_SCHEME)
