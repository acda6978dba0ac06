"""Icons, translations and pictures: a package of data, found alike in a checkout, a wheel and a frozen program."""

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def icon_path(name: str) -> Path:
    """The SVG file of an icon, such as `app` or `state-training`. Raises FileNotFoundError where there is none."""
    return _existing(_HERE / "icons" / f"{name}.svg")


def icon_names() -> tuple[str, ...]:
    """All icons, sorted."""
    return tuple(sorted(path.stem for path in (_HERE / "icons").glob("*.svg")))


def translation_path(language: str) -> Path | None:
    """The Qt .ts file of a language by its two or three letters ("ru"), or None: the program then speaks English."""
    if language not in languages():
        return None
    return _HERE / "translations" / f"lightwork_{language}.ts"


def languages() -> tuple[str, ...]:
    """Languages that there is a translation for. English needs none."""
    return tuple(sorted(path.stem.partition("_")[2] for path in (_HERE / "translations").glob("lightwork_*.ts")))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise FileNotFoundError(path)
    return path
