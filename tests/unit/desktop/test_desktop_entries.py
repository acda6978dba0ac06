"""Desktop entries and lists of default applications, as texts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightwork.desktop import entries
from lightwork.domain.errors import LightworkError, Trouble

KIND = "x-scheme-handler/lightwork"


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        (["/usr/bin/python3", "-m", "lightwork_ui", "--tray"], "", "/usr/bin/python3 -m lightwork_ui --tray"),
        (["/usr/bin/python3", "--"], "%u", "/usr/bin/python3 -- %u"),
        (["/home/Ann Lee/py"], "", '"/home/Ann Lee/py"'),
        (["/p", "/home/Янв"], "", '/p "/home/Янв"'),
        (["/p", ""], "", '/p ""'),
        (["/p", "100%"], "", "/p 100%%"),
        # Escaped once for the quotes, and once more as every text in the file.
        (["/p", 'a"b'], "", r'/p "a\\"b"'),
        (["/p", "$HOME `x`"], "", r'/p "\\$HOME \\`x\\`"'),
        (["/p", "a\\b"], "", r'/p "a\\\\b"'),
        (["/p", "a\nb"], "", r'/p "a\nb"'),
        (["/p", "a=b"], "", '/p "a=b"'),
    ],
)
def test_a_command_in_a_desktop_entry(command: list[str], code: str, line: str) -> None:
    assert entries.exec_line(command, code) == line


def as_desktops_read(line: str) -> list[str]:
    """By the letter of the specification: first the escapes of any text, then quotes, then the field codes."""
    line = line.replace("\\\\", "\\")
    words = re.findall(r'"((?:[^"\\]|\\["`$\\])*)"|([^ "]+)', line)
    plain = [bare or re.sub(r'\\(["`$\\])', r"\1", quoted) for quoted, bare in words]
    assert not any("%" in word.replace("%%", "") for word in plain)
    return [word.replace("%%", "%") for word in plain]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\n\r\t")), min_size=1, max_size=4)
)
def test_a_desktop_reads_the_command_that_was_meant(words: list[str]) -> None:
    assert as_desktops_read(entries.exec_line(["/p", *words])) == ["/p", *words]


@pytest.mark.parametrize("command", [["/a=b/p"], ["/100%/p"], ["/p", "/home/\udcff"]])
def test_what_a_desktop_entry_cannot_hold_is_refused(command: list[str]) -> None:
    with pytest.raises(LightworkError) as refused:
        entries.exec_line(command)
    assert refused.value.trouble is Trouble.DESKTOP_REFUSED


def test_the_values_of_an_entry_are_those_of_its_own_group() -> None:
    text = "# a=b\n[Desktop Entry]\nName = Lightwork\n#Hidden=true\nName[ru]=Х\n\n[Desktop Action x]\nName=Other\n"
    assert entries.values_of(text) == {"Name": "Lightwork", "Name[ru]": "Х"}
    assert entries.values_of(entries.entry({"Type": "Application", "Exec": "a=b"})) == {
        "Type": "Application",
        "Exec": "a=b",
    }
    assert entries.values_of("") == {}


LIST = """# mine
[Added Associations]
x-scheme-handler/lightwork=other.desktop;

[Default Applications]
text/html=firefox.desktop
# keep
x-scheme-handler/mailto=thunderbird.desktop;

[Removed Associations]
image/png=gimp.desktop;
"""
OURS = f"{KIND}=lightwork.desktop;\n"
HELD = LIST.replace("# keep\n", f"# keep\n{KIND} = a.desktop;b.desktop\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[Default Applications]\n{OURS}"),
        ("# mine", f"# mine\n\n[Default Applications]\n{OURS}"),
        (
            "[Added Associations]\na/b=c.desktop\n",
            f"[Added Associations]\na/b=c.desktop\n\n[Default Applications]\n{OURS}",
        ),
        (LIST, LIST.replace("[Default Applications]\n", f"[Default Applications]\n{OURS}")),
        (HELD, HELD.replace(f"{KIND} = a.desktop;b.desktop\n", f"{KIND}=lightwork.desktop;a.desktop;b.desktop;\n")),
        (f"[Default Applications]\n{OURS}", f"[Default Applications]\n{OURS}"),
        (
            "[Default Applications]\r\ntext/html=f.desktop\r\n",
            f"[Default Applications]\r\n{OURS.strip()}\r\ntext/html=f.desktop\r\n",
        ),
    ],
    ids=["no file", "no newline at its end", "no such group", "a long list", "others before", "ours", "of Windows"],
)
def test_the_first_choice_is_edited_in_place(before: str, after: str) -> None:
    assert entries.with_default(before, KIND, "lightwork.desktop") == after
    assert entries.defaults_for(after, KIND)[0] == "lightwork.desktop"


def test_only_what_is_ours_is_taken_back() -> None:
    assert entries.without_default(LIST, KIND, "lightwork.desktop") == LIST
    with_ours = entries.with_default(LIST, KIND, "lightwork.desktop")
    assert entries.without_default(with_ours, KIND, "lightwork.desktop") == LIST
    before_others = entries.with_default(HELD, KIND, "lightwork.desktop")
    back = entries.without_default(before_others, KIND, "lightwork.desktop")
    assert entries.defaults_for(back, KIND) == ("a.desktop", "b.desktop")
    assert back.count("\n") == HELD.count("\n")


def test_other_groups_do_not_name_a_default() -> None:
    assert entries.defaults_for(LIST, KIND) == ()
    assert entries.defaults_for(LIST, "text/html") == ("firefox.desktop",)
    assert entries.defaults_for(HELD, KIND) == ("a.desktop", "b.desktop")
