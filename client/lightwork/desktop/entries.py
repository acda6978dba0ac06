"""Desktop entries and lists of default applications: the texts, without any file. Pure.

After freedesktop.org's Desktop Entry Specification 1.5 and MIME Applications Associations Specification 1.0.1.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from lightwork.desktop.switch import refuse

ENTRY, DEFAULTS = "Desktop Entry", "Default Applications"

_PLAIN = re.compile(r"[A-Za-z0-9_./:@%+,-]+")
_NEEDS_BACKSLASH = re.compile(r'(["`$\\])')


def exec_line(command: Iterable[str], code: str = "") -> str:
    """A command as the value of `Exec`; `code` is a field code such as %u, which the desktop fills in.

    Raises DESKTOP_REFUSED for a command that cannot be written so.
    """
    words = list(command)
    # The specification forbids the first; the second is undone by GLib only after it has looked for the program.
    if "=" in words[0] or "%" in words[0]:
        raise refuse(f"a desktop starts no program whose path has an equals or percent sign: {words[0]}")
    words = [_argument(word) for word in words]
    # Quoting is undone after the escapes of all texts in the file, so that a backslash is escaped twice.
    return text_value(" ".join([*words, code] if code else words))


def text_value(text: str) -> str:
    """A text as the value of a key. Raises DESKTOP_REFUSED for one that is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse(f"a desktop entry takes only text: {text!r}") from None
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def entry(values: Mapping[str, str]) -> str:
    """A desktop entry with these values, which are escaped already."""
    return "\n".join([f"[{ENTRY}]", *(f"{key}={value}" for key, value in values.items()), ""])


def values_of(text: str) -> dict[str, str]:
    """The values of a desktop entry as they are written, without other groups and translations."""
    found: dict[str, str] = {}
    group = ""
    for line in text.split("\n"):
        group = _group(line, group)
        key, equals, value = line.partition("=")
        if group == ENTRY and equals and not line.lstrip().startswith("#"):
            found[key.strip()] = value.strip()
    return found


def defaults_for(text: str, kind: str) -> tuple[str, ...]:
    """The desktop entries, by their file names, that open `kind` according to a mimeapps.list; the first is used."""
    found: tuple[str, ...] = ()
    group = ""
    for line in text.split("\n"):
        group = _group(line, group)
        if group == DEFAULTS and _key(line) == kind:
            found = _names(line)
    return found


def with_default(text: str, kind: str, name: str) -> str:
    """A mimeapps.list that names an entry first for `kind`; all else stays as it is, others behind it."""
    if kind in _keys(text):
        return _each_line(text, kind, lambda names: (name, *(one for one in names if one != name)))
    ending = "\r" if "\r\n" in text else ""
    line = f"{kind}={name};{ending}"
    lines = text.split("\n")
    for number, other in enumerate(lines):
        if _group(other, "") == DEFAULTS:
            return "\n".join([*lines[: number + 1], line, *lines[number + 1 :]])
    gap = [ending] if text.strip() else []
    body = text if text.endswith("\n") or not text else f"{text}{ending}\n"
    return body + "\n".join([*gap, f"[{DEFAULTS}]{ending}", line, ""])


def without_default(text: str, kind: str, name: str) -> str:
    """A mimeapps.list that does not name an entry for `kind`; all else stays as it is."""
    return _each_line(text, kind, lambda names: tuple(one for one in names if one != name))


def _argument(word: str) -> str:
    word = word.replace("%", "%%")
    return word if _PLAIN.fullmatch(word) else '"' + _NEEDS_BACKSLASH.sub(r"\\\1", word) + '"'


def _each_line(text: str, kind: str, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> str:
    """Change what the defaults' lines for `kind` name. A line that names nothing any more goes."""
    lines, group = [], ""
    for line in text.split("\n"):
        group = _group(line, group)
        if group == DEFAULTS and _key(line) == kind:
            names = _names(line)
            changed = change(names)
            if not changed:
                continue
            if changed != names:
                lines.append(f"{kind}={';'.join(changed)};" + ("\r" if line.endswith("\r") else ""))
                continue
        lines.append(line)
    return "\n".join(lines)


def _keys(text: str) -> set[str]:
    keys, group = set(), ""
    for line in text.split("\n"):
        group = _group(line, group)
        if group == DEFAULTS:
            keys.add(_key(line))
    return keys


def _group(line: str, before: str) -> str:
    line = line.strip()
    return line[1:-1] if line.startswith("[") and line.endswith("]") else before


def _key(line: str) -> str:
    return line.partition("=")[0].strip() if "=" in line else ""


def _names(line: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in line.partition("=")[2].split(";") if name.strip())
