"""Icons of the assets as pixmaps, in the colour that is asked for."""

import functools

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from lightwork_assets import icon_path

_INK = "#000"  # drawn in this where the program chooses the colour


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """An icon of `size` device-independent pixels for a screen with `ratio` pixels each."""
    return _painted(name, colour, round(size * ratio), ratio)


def icon(name: str, colour: str, sizes: tuple[int, ...] = (16, 20, 24, 32, 40, 48)) -> QIcon:
    """An icon for buttons, menus and the tray."""
    made = QIcon()
    for size in sizes:
        made.addPixmap(pixmap(name, colour, size))
    return made


def app_icon() -> QIcon:
    """The program's own icon, in its own colours."""
    return icon("app", "", (16, 24, 32, 48, 64, 128, 256))


@functools.lru_cache(maxsize=64)
def _painted(name: str, colour: str, pixels: int, ratio: float) -> QPixmap:
    drawing = icon_path(name).read_text(encoding="utf-8")
    if colour:
        drawing = drawing.replace(f'"{_INK}"', f'"{colour}"')
    image = QPixmap(pixels, pixels)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
