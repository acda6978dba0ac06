"""Every text of the window and of the domain has a translation with the same places."""

import ast
import string
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

import lightwork_assets
import lightwork_ui
from lightwork.domain import sentences
from lightwork.settings import declared
from lightwork_ui import translation

FOLDER = Path(lightwork_ui.__file__).parent
LANGUAGES = lightwork_assets.languages()
# What stands behind a name instead of a literal: marked where it is written.
LOOKED_UP = {"face.mend.label", "mend.label", "face.action.value", "unit"}


def window_texts() -> set[str]:
    """The literals given to tr() and mark()."""
    found = set()
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("tr", "mark"):
                (argument,) = node.args
                if isinstance(argument, ast.Constant):
                    found.add(argument.value)
                else:
                    assert ast.unparse(argument) in LOOKED_UP, f"{path.name}:{node.lineno} cannot be collected"
    return found


def domain_texts() -> set[str]:
    """All templates of sentences.py, also such as a later table adds."""
    found = set()
    for name, value in vars(sentences).items():
        if name.startswith("_"):
            continue
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict):
            found.update(item for item in value.values() if isinstance(item, str))
    return found


def setting_texts() -> set[str]:
    """What the settings' declaration shows in the window."""
    found = {page.value for page in declared.Page}
    for setting in declared.ALL:
        found |= {setting.label, setting.help, setting.unit, setting.zero, *map(str, setting.choices)}
    return found - {""}


EVERY = {
    *(("window", source) for source in window_texts()),
    *(("sentences", source) for source in domain_texts()),
    *(("settings", source) for source in setting_texts()),
}


def places_in(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_there_is_something_to_translate() -> None:
    assert ("window", "Contribute") in EVERY
    assert ("sentences", sentences.PAUSED_FOR) in EVERY
    assert len(EVERY) > 120
    assert LANGUAGES == ("ru",)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_is_complete_and_has_nothing_stale(language: str) -> None:
    messages = translation.read_messages(lightwork_assets.translation_path(language))
    assert set(messages) == EVERY


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_places_and_ends_alike(language: str) -> None:
    for (_, source), translated in translation.read_messages(lightwork_assets.translation_path(language)).items():
        assert places_in(translated) == places_in(source), source
        assert translated.endswith(".") == source.endswith("."), source
        assert ("&" in translated) == ("&" in source), source
        assert translated.strip() == translated != ""


def test_unfinished_and_broken_files(tmp_path: Path) -> None:
    path = tmp_path / "x.ts"
    head = "<TS version='2.1'><context><name>c</name><message><source>a &amp; b</source>"
    path.write_text(
        head + "<translation>а &lt; б</translation></message><message><source>y</source>"
        "<translation type='unfinished'>z</translation></message></context></TS>",
        encoding="utf-8",
    )
    assert translation.read_messages(path) == {("c", "a & b"): "а < б"}
    path.write_text(head)
    with pytest.raises(ValueError, match=r"x\.ts"):
        translation.read_messages(path)


@pytest.mark.usefixtures("russian")
def test_qt_asks_ours_and_keeps_its_own_words() -> None:
    translate = QCoreApplication.translate
    assert translate("window", "Contribute") == "Участвовать"
    assert translate("window", "Never written") == "Never written"
    assert translate("QLineEdit", "&Copy") != "&Copy"


@pytest.mark.parametrize(
    ("variable", "language", "numbers"),
    [("ru", "ru", "ru"), ("ru_RU", "ru", "ru"), ("en", "en", "en"), ("de", "en", "de"), ("nonsense!", "en", None)],
)
def test_the_language_can_be_chosen(
    monkeypatch: pytest.MonkeyPatch, variable: str, language: str, numbers: str | None
) -> None:
    monkeypatch.setenv("LIGHTWORK_LANGUAGE", variable)
    assert translation.chosen_language() == language
    if numbers is not None:
        assert translation.chosen_locale().name().partition("_")[0] == numbers


def test_without_a_choice_it_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LIGHTWORK_LANGUAGE")
    assert translation.chosen_language() in ("en", *LANGUAGES)
    assert translation.chosen_locale().language() != QLocale.Language.C


def test_english_needs_no_translator(qapp: QApplication) -> None:
    assert translation.install(qapp, "en", QLocale("en")) == []
    assert lightwork_assets.translation_path("xx") is None
    assert lightwork_assets.translation_path("../ru") is None
