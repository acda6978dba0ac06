"""Motion: whether the system welcomes it, and the only kind that there is here, a short fade."""

import ctypes
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QEasingCurve, QPropertyAnimation
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGraphicsOpacityEffect, QWidget

from lightwork_ui.portal import Portal

FADE_MS = 160
_FROM = 0.2  # never quite away, so that a busy computer does not show an empty page
_SPI_GETCLIENTAREAANIMATION = 0x1042  # winuser.h; "Show animations in Windows"

# What desktops tell through the portal, and which of it welcomes motion. The first is the standard; GNOME and KDE have
# told by the others for years.
PORTAL_QUESTIONS: Mapping[tuple[str, str], Callable[[Any], bool]] = {
    ("org.freedesktop.appearance", "reduced-motion"): lambda value: int(value) != 1,
    ("org.gnome.desktop.interface", "enable-animations"): bool,
    ("org.kde.kdeglobals.KDE", "AnimationDurationFactor"): lambda value: float(value) > 0,
}

_portals: list[Portal] = []  # the one of this process, once it was needed


def decide(answers: Iterable[bool | None]) -> bool:
    """Motion is welcome unless somebody says no; None is who says nothing."""
    return all(answer is not False for answer in answers)


def allowed() -> bool:
    """Whether something may move now. Never waits; before a desktop has answered for the first time nothing moves."""
    return decide((_qt_says(), *_system_says(sys.platform)))


def fade_in(widget: QWidget) -> None:
    """Let a widget appear within a moment, or at once where motion is not welcome."""
    if not allowed():
        return
    effect = QGraphicsOpacityEffect(widget)
    effect.setOpacity(_FROM)
    widget.setGraphicsEffect(effect)
    fade = QPropertyAnimation(effect, b"opacity", effect)  # ends with the effect
    fade.setDuration(FADE_MS)
    fade.setStartValue(_FROM)
    fade.setEndValue(1.0)
    fade.setEasingCurve(QEasingCurve.Type.OutCubic)
    # The effect keeps a picture of the widget, so it does not stay longer than it moves.
    fade.finished.connect(lambda: widget.setGraphicsEffect(None))  # type: ignore[arg-type]
    fade.start()


def _system_says(system: str) -> tuple[bool | None, ...]:
    if system == "win32":
        return (windows_says(_windows_library()),)
    if system == "darwin":
        return (mac_says(ctypes.CDLL("/usr/lib/libobjc.A.dylib")),)
    if not _portals:
        _portals.append(Portal(PORTAL_QUESTIONS))
    portal = _portals[0]
    portal.ask()  # for the next time: a person may have changed it
    return tuple(portal.answers.values()) if portal.answered else (False,)


def _qt_says() -> bool | None:
    """Qt 6.12 and later ask the system by themselves; an older Qt says nothing."""
    hints = getattr(QGuiApplication.styleHints(), "accessibility", lambda: None)()
    preference = getattr(hints, "motionPreference", None)
    return None if preference is None else "Reduce" not in str(preference())


def _windows_library() -> Any:
    if sys.platform == "win32":
        return ctypes.WinDLL("user32")
    raise OSError("not Windows")


def windows_says(user32: Any) -> bool | None:
    """What Windows' settings say; None if they cannot be read."""
    welcome = ctypes.c_int32(1)
    read = user32.SystemParametersInfoW(_SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(welcome), 0)
    return bool(welcome.value) if read else None


def mac_says(objc: Any) -> bool | None:
    """What NSWorkspace says of "Reduce motion". `objc` is the library of the Objective-C runtime."""
    get_class, get_selector = objc["objc_getClass"], objc["sel_registerName"]
    send, send_for_bool = objc["objc_msgSend"], objc["objc_msgSend"]  # two objects: a type of result each
    for function, result, arguments in (
        (get_class, ctypes.c_void_p, [ctypes.c_char_p]),
        (get_selector, ctypes.c_void_p, [ctypes.c_char_p]),
        (send, ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_void_p]),
        (send_for_bool, ctypes.c_bool, [ctypes.c_void_p, ctypes.c_void_p]),
    ):
        function.restype, function.argtypes = result, arguments
    workspace_class = get_class(b"NSWorkspace")
    workspace = send(workspace_class, get_selector(b"sharedWorkspace")) if workspace_class else None
    if not workspace:
        return None
    return not send_for_bool(workspace, get_selector(b"accessibilityDisplayShouldReduceMotion"))
