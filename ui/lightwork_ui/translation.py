"""Translations, read from Qt's .ts files as they are: no compiled file has to be made or kept."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator, QXmlStreamReader

from lightwork_assets import translation_path

LANGUAGE_VARIABLE = "LIGHTWORK_LANGUAGE"
Messages = Mapping[tuple[str, str], str]  # (context, English) -> translation


def read_messages(path: Path) -> Messages:
    """All finished messages of a .ts file. Raises ValueError for a file that is not well-formed."""
    reader = QXmlStreamReader(path.read_text(encoding="utf-8"))
    messages: dict[tuple[str, str], str] = {}
    context = source = ""
    while not reader.atEnd():
        reader.readNext()
        if not reader.isStartElement():
            continue
        if reader.name() == "name":
            context = reader.readElementText()
        elif reader.name() == "source":
            source = reader.readElementText()
        elif reader.name() == "translation" and reader.attributes().value("type") != "unfinished":
            messages[context, source] = reader.readElementText()
    if reader.hasError():
        raise ValueError(f"{path.name}, line {reader.lineNumber()}: {reader.errorString()}")
    return messages


class Translator(QTranslator):
    """Messages of a .ts file as a translator of Qt."""

    def __init__(self, messages: Messages) -> None:
        super().__init__()
        self._messages = messages

    def translate(self, context: str, source: str, /, disambiguation: str | None = None, n: int = -1) -> str | None:
        """The translation, or None, on which Qt asks the next translator and at last takes the English text."""
        return self._messages.get((context, source))

    def isEmpty(self) -> bool:  # noqa: N802  Qt's name
        """Whether there is nothing here."""
        return not self._messages


def chosen_language() -> str:
    """The language of the window: LIGHTWORK_LANGUAGE, else the first of the system's that there are words for."""
    chosen = os.environ.get(LANGUAGE_VARIABLE, "")
    wanted = [QLocale(chosen).name()] if chosen else QLocale.system().uiLanguages()
    for name in wanted:
        language = re.split("[-_]", name)[0]
        if language == "en" or translation_path(language) is not None:
            return language
    return "en"


def chosen_locale() -> QLocale:
    """How numbers and dates are written: as LIGHTWORK_LANGUAGE's speakers do, else as the system says."""
    system, chosen = QLocale.system(), QLocale(os.environ.get(LANGUAGE_VARIABLE, ""))
    if chosen.language() not in (QLocale.Language.C, system.language()):
        return chosen
    # "C" means that the system was told nothing; its numbers have no marks between thousands.
    return QLocale("en") if system.language() == QLocale.Language.C else system


def install(app: QCoreApplication, language: str, locale: QLocale) -> list[QTranslator]:
    """Make `app` speak a language. The caller keeps the list: Qt does not own translators."""
    QLocale.setDefault(locale)
    path = translation_path(language)
    if path is None:
        return []
    own, buttons = Translator(read_messages(path)), QTranslator()
    app.installTranslator(own)
    # Qt's own words: Copy, Paste, Cancel.
    if buttons.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(buttons)
    return [own, buttons]
