"""What the node remembers over its end: the file, the person's pause over a restart, and how the machine goes on."""

import ctypes
import os
from pathlib import Path
from typing import Any

import pytest

from lightwork.domain import sentences
from lightwork.domain.states import PauseReason, Phase
from lightwork.domain.status import NodeStatus, Pause
from lightwork.node import boot
from lightwork.node import events as e
from lightwork.node import machine as m
from lightwork.node.intent import Intent, Memory, PersonsPause, intent_of, recalled

NOW = 1_000.0
LINK = "lightwork://example.org/" + "a" * 32
BATTERY = Pause(reason=PauseReason.ON_BATTERY, since=900.0)


def person(**values: Any) -> Pause:
    return Pause(reason=PauseReason.PERSON, since=NOW, **values)


def state(phase: Phase, **values: Any) -> m.State:
    return m.State(phase=phase, session=7, **values)


@pytest.mark.parametrize(
    ("before", "intent"),
    [
        (state(Phase.OFF), None),
        (state(Phase.OFF, link=LINK, person=person()), None),
        (state(Phase.PREPARING), Intent(link=None)),
        (state(Phase.TRAINING, link=LINK), Intent(link=LINK)),
        (state(Phase.WAITING, link=LINK), Intent(link=LINK)),
        (state(Phase.TROUBLE, link=LINK), Intent(link=LINK)),
        (state(Phase.TRAINING, rounds_wanted=5, rounds_done=2), Intent(link=None, rounds=3)),
        # What the sensors see they will see again.
        (state(Phase.PAUSED, sensed=(BATTERY,)), Intent(link=None)),
        (state(Phase.PAUSED, person=person()), Intent(link=None, pause=PersonsPause(since=NOW))),
        (state(Phase.PAUSED, person=person(until=2e3)), Intent(link=None, pause=PersonsPause(since=NOW, until=2e3))),
        (
            state(Phase.PAUSED, person=person(until_restart=True)),
            Intent(link=None, pause=PersonsPause(since=NOW, boot="this")),
        ),
    ],
)
def test_what_a_state_comes_to(before: m.State, intent: Intent | None) -> None:
    assert intent_of(before, "this") == intent


@pytest.mark.parametrize(
    ("pause", "boot_now", "now", "still"),
    [
        (None, "this", NOW, None),
        (PersonsPause(since=NOW), "next", 1e9, person()),
        (PersonsPause(since=NOW, until=2e3), "next", 1_999.0, person(until=2e3)),
        (PersonsPause(since=NOW, until=2e3), "this", 2_000.0, None),
        (PersonsPause(since=NOW, boot="this"), "this", 1e9, person(until_restart=True)),
        (PersonsPause(since=NOW, boot="this"), "next", NOW, None),
        # A system that does not tell one run from the next: rather paused for too long.
        (PersonsPause(since=NOW, boot=""), "", NOW, person(until_restart=True)),
    ],
    ids=["none", "until resumed", "for a time", "time is up", "crashed", "restarted", "unknown"],
)
def test_which_pauses_still_hold(pause: PersonsPause | None, boot_now: str, now: float, still: Pause | None) -> None:
    told = recalled(Intent(link=LINK, rounds=2, pause=pause), boot_now, now)
    assert told == e.Recalled(LINK, 2, still)


@pytest.mark.parametrize(
    ("before", "event", "phase", "effects"),
    [
        (state(Phase.OFF), e.Recalled(), Phase.PREPARING, (e.StartSession(8, None),)),
        (state(Phase.OFF), e.Recalled(LINK, 3), Phase.PREPARING, (e.StartSession(8, LINK),)),
        (state(Phase.OFF), e.Recalled(LINK, None, person()), Phase.PAUSED, ()),
        (state(Phase.OFF), e.Recalled(None, None, person(until_restart=True)), Phase.PAUSED, ()),
        (state(Phase.OFF, sensed=(BATTERY,)), e.Recalled(LINK), Phase.PAUSED, ()),
        # A person was quicker.
        (state(Phase.PREPARING), e.Recalled(LINK, None, person()), Phase.PREPARING, ()),
        (state(Phase.TRAINING), e.Recalled(LINK), Phase.TRAINING, ()),
        (state(Phase.PAUSED, person=person()), e.Recalled(LINK), Phase.PAUSED, ()),
        (state(Phase.TROUBLE), e.Recalled(LINK), Phase.TROUBLE, ()),
        (state(Phase.OFF), e.Quit(by_person=False), Phase.OFF, (e.Exit(),)),
        (state(Phase.TRAINING), e.Quit(by_person=False), Phase.OFF, (e.EndSession(), e.Exit())),
    ],
)
def test_transitions_after_a_restart(before: m.State, event: e.Event, phase: Phase, effects: tuple[e.Effect]) -> None:
    after, done = m.advance(before, event, NOW)
    assert (after.phase, done) == (phase, effects)


@pytest.mark.parametrize("phase", [Phase.TRAINING, Phase.PAUSED])
def test_a_pause_until_the_restart_says_so_and_ends_by_hand_only(phase: Phase) -> None:
    paused, _ = m.advance(state(phase), e.PausePressed(until_restart=True), NOW)
    assert paused.pauses == (person(until_restart=True),)
    status = NodeStatus(phase=paused.phase, pauses=paused.pauses)
    assert sentences.describe(status, NOW).text() == "Paused by you, until this computer restarts."
    assert m.advance(paused, e.Tick(), 1e9) == (paused, ())
    again, _ = m.advance(paused, e.PausePressed(), NOW)
    assert sentences.describe(NodeStatus(phase=again.phase, pauses=again.pauses), NOW).text() == "Paused by you."
    resumed, _ = m.advance(paused, e.ResumePressed(), NOW)
    assert (resumed.phase, resumed.person) == (Phase.PREPARING, None)


def test_a_recalled_pause_ends_as_any_other(tmp_path: Path) -> None:
    paused, _ = m.advance(m.State(), e.Recalled(LINK, None, person(until=2e3)), 1_500.0)
    assert m.advance(paused, e.Tick(), 1_999.0) == (paused, ())
    gone_on, effects = m.advance(paused, e.Tick(), 2_000.0)
    assert (gone_on.phase, gone_on.person, effects) == (Phase.PREPARING, None, (e.StartSession(1, LINK),))


# --- the file ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "intent.json"


def test_the_next_node_is_told_what_the_last_one_did(file: Path) -> None:
    memory = Memory(file, "this")
    assert memory.recall(NOW) is None
    memory.follow(state(Phase.TRAINING, link=LINK))
    memory.follow(state(Phase.PAUSED, link=LINK, person=person(until_restart=True)))
    assert Memory(file, "this").recall(NOW) == e.Recalled(LINK, None, person(until_restart=True))
    assert Memory(file, "next").recall(NOW) == e.Recalled(LINK)


@pytest.mark.parametrize("ended", ["off", "forgotten"])
def test_what_a_person_has_ended_is_over(file: Path, ended: str) -> None:
    memory = Memory(file, "this")
    memory.follow(state(Phase.TRAINING))
    assert file.is_file()
    memory.follow(state(Phase.OFF)) if ended == "off" else memory.forget()
    assert not file.exists()
    assert Memory(file, "this").recall(NOW) is None


def test_the_same_is_written_once(file: Path) -> None:
    memory = Memory(file, "this")
    memory.follow(state(Phase.TRAINING))
    written = file.stat().st_ino
    memory.follow(state(Phase.WAITING))
    assert file.stat().st_ino == written


GOOD = b'{"version":1,"link":null,"rounds":null,"pause":null}'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 50,
        GOOD[:30],
        b"[]",
        b'{"version":2,"link":null}',
        b'{"version":1}',
        b'{"version":1,"link":7}',
        b'{"version":1,"link":"https://example.org/"}',
        b'{"version":1,"link":null,"rounds":0}',
        b'{"version":1,"link":null,"pause":{"until":5}}',
    ],
)
def test_a_damaged_file_is_no_intent_and_is_cleared_away(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(GOOD)
    assert Memory(file, "this").recall(NOW) == e.Recalled()
    file.write_bytes(content)
    memory = Memory(file, "this")
    assert memory.recall(NOW) is None
    memory.forget()
    assert not file.exists()


@pytest.mark.skipif(os.name == "nt", reason="a folder's rights")
def test_a_pause_that_cannot_be_written_is_no_leave_to_go_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory(file, "this")
    memory.follow(state(Phase.TRAINING))
    with monkeypatch.context() as patched:
        patched.setattr("tempfile.mkstemp", full)
        memory.follow(state(Phase.PAUSED, person=person()))
    assert Memory(file, "this").recall(NOW) is None
    memory.follow(state(Phase.PAUSED, person=person()))  # there is room again
    assert Memory(file, "this").recall(NOW) == e.Recalled(None, None, person())


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


# --- which run of the computer ----------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/sys/kernel/random/boot_id").exists(), reason="Linux")
def test_linux_names_its_run() -> None:
    assert len(boot.boot_id()) == 36
    assert boot.boot_id() == boot.boot_id()


class Libc:
    """Stands in for macOS's C library."""

    def __init__(self, result: int = 0) -> None:
        c = ctypes.CFUNCTYPE
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        self.result = result
        self.sysctlbyname = c(ctypes.c_int, ctypes.c_char_p, pointer, pointer, pointer, size)(self.by_name)

    def by_name(self, name: bytes, old: int, length: int, new: int | None, new_length: int) -> int:
        assert (name, new, new_length) == (b"kern.bootsessionuuid", None, 0)
        assert ctypes.c_size_t.from_address(length).value == 37
        ctypes.memmove(old, b"F3B3C6E0-1C2D-4C5E-9A77-0123456789AB\0", 37)
        return self.result


def test_macos_names_its_run() -> None:
    assert boot.session_of(Libc()) == "F3B3C6E0-1C2D-4C5E-9A77-0123456789AB"
    with pytest.raises(OSError, match="failed"):
        boot.session_of(Libc(result=-1))


class Wtsapi32:
    """Stands in for Windows' library of sessions. The answer is laid out by hand, as wtsapi32.h has it."""

    def __init__(self, logon: int, length: int = 216, result: int = 1) -> None:
        self.answer = ctypes.create_string_buffer(216)
        ctypes.memmove(ctypes.addressof(self.answer) + 200, logon.to_bytes(8, "little"), 8)
        self.length, self.result, self.freed = length, result, 0
        c, pointer, number = ctypes.CFUNCTYPE, ctypes.c_void_p, ctypes.c_uint32
        self.WTSQuerySessionInformationW = c(ctypes.c_int32, pointer, number, ctypes.c_int32, pointer, pointer)(
            self.query
        )
        self.WTSFreeMemory = c(None, pointer)(self.free)

    def query(self, server: int | None, session: int, kind: int, answer: int, length: int) -> int:
        assert (server, session, kind) == (None, 0xFFFFFFFF, 24)
        ctypes.c_void_p.from_address(answer).value = ctypes.addressof(self.answer)
        ctypes.c_uint32.from_address(length).value = self.length
        return self.result

    def free(self, memory: int) -> None:
        assert memory == ctypes.addressof(self.answer)
        self.freed += 1


def test_windows_run_is_the_persons_session() -> None:
    library = Wtsapi32(133_000_000_000_000_000)
    assert boot.logon_of(library) == "logon 133000000000000000"
    assert library.freed == 1
    with pytest.raises(OSError, match="failed"):
        boot.logon_of(Wtsapi32(0, result=0))
    short = Wtsapi32(0, length=100)
    with pytest.raises(OSError, match="too little"):
        boot.logon_of(short)
    assert short.freed == 1
