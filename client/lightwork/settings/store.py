"""settings.toml: read with the standard library, written so that a person's comments and order stay.

The file holds only what differs from the defaults, in one table per section, and the version of this layout:

    version = 1

    [computing]
    threads = 4
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

from lightwork.disk.durable import replace_file
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.settings.check import check, find, parse, quoted
from lightwork.settings.declared import ALL, Setting

__all__ = ["VERSION", "Settings", "find", "load", "parse", "save"]

T = TypeVar("T", bool, int, float, str)

VERSION = 1
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # Windows' Notepad may write one; TOML does not know it
_HEADING = "# Lightwork's settings. What is not written here has its default value.\n"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person chose. Read with `settings[COMPUTING_THREADS]`; `Settings()` is all defaults."""

    changed: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, setting: Setting[T]) -> T:
        return cast("T", self.changed.get(setting.key, setting.default))

    def with_value(self, setting: Setting[T], value: T) -> "Settings":
        """These settings with one changed. Raises LightworkError(SETTINGS_INVALID) if it does not allow the value."""
        changed = {**self.changed, setting.key: check(setting, value)}
        return Settings(_without_defaults(changed))


def load(path: Path) -> Settings:
    """The settings in that file; all defaults if there is none.

    Raises LightworkError(SETTINGS_INVALID) with a sentence that names the file, the setting and what is allowed.
    The file is only read.
    """
    text = _read(path)
    try:
        values = dict(_entries(_document(text)))
        return Settings(_without_defaults({key: check(find(key), value) for key, value in values.items()}))
    except LightworkError as error:
        raise LightworkError(error.trouble, f"{path.name}: {error.detail}") from error


def save(path: Path, settings: Settings) -> None:
    """Write what differs from the defaults into that file, and leave the rest of it as it is.

    Comments, order and keys that this program does not know stay. A setting that is back at its default is removed.
    Raises LightworkError: SETTINGS_INVALID if the file that is there cannot be understood or is of a newer version,
    DISK_FULL if there is no room. It stands unharmed then, as it does after any OSError.
    """
    text = _read(path)
    try:
        changed = _edited(text, settings)
    except LightworkError as error:
        raise LightworkError(error.trouble, f"{path.name}: {error.detail}") from error
    if changed != text:
        # through a link to the file itself: a person may keep their settings in a folder of their own
        replace_file(Path(os.path.realpath(path)), changed.encode())


def _without_defaults(values: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType({s.key: values[s.key] for s in ALL if s.key in values and values[s.key] != s.default})


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode().removeprefix(_BYTE_ORDER_MARK)
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise LightworkError(Trouble.SETTINGS_INVALID, f"{path.name}: it cannot be read: {error}") from error


def _document(text: str) -> dict[str, Any]:
    """The TOML in `text`, once its version is known to be one that this program understands."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: not TOML, or a number too long to read
        raise LightworkError(Trouble.SETTINGS_INVALID, f"it is not TOML: {error}") from error
    version = document.pop("version", VERSION)
    if type(version) is not int or version < 1:
        raise LightworkError(Trouble.SETTINGS_INVALID, f"version must be {VERSION}, not {quoted(version)}")
    if version > VERSION:
        raise LightworkError(
            Trouble.SETTINGS_INVALID, f"it was written by a newer Lightwork (version {version}, here {VERSION})"
        )
    return document


def _entries(document: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """Key and value of every entry. Raises LightworkError if a section is not a table."""
    sections = {setting.key.partition(".")[0] for setting in ALL}
    for section, content in document.items():
        if isinstance(content, dict):
            for name, value in content.items():
                yield f"{section}.{name}", value
        elif section in sections:
            raise LightworkError(Trouble.SETTINGS_INVALID, f"{section} must be a table, not {quoted(content)}")
        else:
            yield section, content


def _edited(text: str, settings: Settings) -> str:
    """`text` with the values of `settings` in it."""
    before = dict(_entries(_document(text)))
    known = {setting.key for setting in ALL}
    wanted = {key: value for key, value in before.items() if key not in known} | dict(settings.changed)
    import tomlkit  # noqa: PLC0415  20 ms and some memory, which reading does not need
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text or _HEADING)
        if "version" not in document:
            document["version"] = VERSION
        for setting in ALL:
            _set(document, setting.key, settings.changed.get(setting.key))
        changed = tomlkit.dumps(document)
        # the editor is trusted only as far as the strict reader agrees with it
        if dict(_entries(_document(changed))) == wanted:
            return changed
    except (TOMLKitError, LightworkError, RecursionError) as error:
        raise LightworkError(Trouble.SETTINGS_INVALID, f"it cannot be changed: {error}") from error
    raise LightworkError(Trouble.SETTINGS_INVALID, "it cannot be changed without harm to what else it holds")


def _set(document: Any, key: str, value: object | None) -> None:
    """Give one key of a TOML document a value, or remove it if that is None; an equal value keeps its spelling."""
    section, _, name = key.partition(".")
    table = document.get(section)
    if value is None:
        if table is not None:
            table.pop(name, None)
    elif table is None:
        document[section] = {name: value}
    elif not _same(table.get(name), value):
        table[name] = value


def _same(found: object, wanted: object) -> bool:
    """Equal, and not a number in the place of a truth value: Python takes 1 for true."""
    return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)
