"""The rules for one value: is it allowed, what would be, and what does a typed word mean. Pure."""

import math
from typing import Any, TypeVar

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.settings.declared import ALL, Setting

T = TypeVar("T", bool, int, float, str)

_BY_KEY = {setting.key: setting for setting in ALL}
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}
_SHOWN = 60  # characters of a wrong value that a message quotes


def find(key: str) -> Setting[Any]:
    """The setting of that key. Raises LightworkError(SETTINGS_INVALID) with the nearest name if there is none."""
    setting = _BY_KEY.get(key)
    if setting is None:
        raise LightworkError(Trouble.SETTINGS_INVALID, _unknown(key))
    return setting


def check(setting: Setting[T], value: object) -> T:
    """`value` in the setting's type, if it is allowed.

    A whole number stands for a fractional one, but true and false are no numbers (in Python they are).
    Raises LightworkError(SETTINGS_INVALID) with a sentence that tells what is allowed.
    """
    fitting = _in_type(setting, value)
    if fitting is None or not _in_bounds(setting, fitting):
        raise LightworkError(Trouble.SETTINGS_INVALID, f"{setting.key} must be {allowed(setting)}, not {quoted(value)}")
    if setting.verify is not None:
        try:
            setting.verify(fitting)
        except ValueError as error:
            raise LightworkError(Trouble.SETTINGS_INVALID, f"{setting.key}: {error}") from None
    return fitting


def parse(setting: Setting[T], text: str) -> T:
    """The value that `text`, typed on a command line, stands for.

    Raises LightworkError(SETTINGS_INVALID) as `check` does.
    """
    value: object = text
    word = text.strip().lower()
    if setting.type is bool:
        value = True if word in _TRUE else False if word in _FALSE else text
    elif setting.type is int or setting.type is float:
        try:
            value = setting.type(word)
        except ValueError:
            value = text
    return check(setting, value)


def allowed(setting: Setting[Any]) -> str:
    """What a setting takes, as the end of the sentence "it must be ..."."""
    if setting.choices:
        return "one of " + ", ".join(quoted(choice) for choice in setting.choices)
    if setting.type is bool:
        return "true or false"
    if setting.type is str:
        return "a text"
    kind = "a whole number" if setting.type is int else "a number"
    low, high = setting.minimum, setting.maximum
    if low is not None and high is not None:
        return f"{kind} from {low:g} to {high:g}"
    if low is not None:
        return f"{kind} of at least {low:g}"
    return kind if high is None else f"{kind} of at most {high:g}"


def quoted(value: object) -> str:
    """A value as a settings file would show it, cut short if it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print whole numbers of more than 4,300 digits
        text = "a very long number"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def _in_type(setting: Setting[T], value: object) -> T | None:
    if type(value) is setting.type:
        return value
    if setting.type is float and type(value) is int:
        try:
            return setting.type(value)
        except OverflowError:  # a whole number of more than 308 digits
            return None
    if isinstance(value, setting.type) and not isinstance(value, bool):
        return setting.type(value)  # a subclass, such as a parser's own kind of text
    return None


def _in_bounds(setting: Setting[Any], value: Any) -> bool:
    if setting.type is float and not math.isfinite(value):
        return False
    if setting.minimum is not None and value < setting.minimum:
        return False
    if setting.maximum is not None and value > setting.maximum:
        return False
    return not setting.choices or value in setting.choices


def _unknown(key: str) -> str:
    import difflib  # noqa: PLC0415  only a mistake needs it

    near = difflib.get_close_matches(key, _BY_KEY, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"there is no setting {key[:_SHOWN]}{hint}"
