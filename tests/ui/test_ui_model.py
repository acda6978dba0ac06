"""Every state has a face and words, in both languages."""

import dataclasses
import itertools

import pytest

from lightwork.domain.errors import Trouble
from lightwork.domain.sentences import describe
from lightwork.domain.states import PauseReason, Phase, Stage
from lightwork.domain.status import GivenBack, NodeStatus, Pause, Progress, ProjectStatus
from lightwork_ui.link import Connection
from lightwork_ui.model import Action, aged, connected_face, unconnected_face
from lightwork_ui.text import tr

NOW = 1_800_000_000.0
PROJECT = ProjectStatus(id="p", link="l", name="Tales", version=7, round_seconds_left=50.0)
EVERY = [
    *(
        NodeStatus(phase=phase, stage=stage, retry_at=NOW + 9, project=project)
        for phase, stage, project in itertools.product(Phase, (None, *Stage), (None, PROJECT))
    ),
    *(NodeStatus(phase=Phase.TROUBLE, trouble=trouble) for trouble in Trouble),
    *(NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=reason),)) for reason in PauseReason),
    NodeStatus(phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.PERSON, until=NOW + 600),)),
    NodeStatus(phase=Phase.WAITING, rounds_wanted=5, rounds_done=2),
]


@pytest.mark.parametrize("status", EVERY)
def test_every_state_has_words(status: NodeStatus) -> None:
    face = connected_face(status, NOW)
    assert face.sentence.endswith(".")
    assert "{" not in face.sentence + face.hint
    assert tr(face.action.value)


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("status", EVERY)
def test_every_state_has_russian_words(status: NodeStatus) -> None:
    face = connected_face(status, NOW)
    assert face.sentence != describe(status, NOW).text()
    for words in (face.sentence, face.hint, tr(face.action.value)):
        assert not words or any("а" <= letter <= "я" for letter in words.lower())
        assert "{" not in words


@pytest.mark.parametrize("connection", [state for state in Connection if state is not Connection.CONNECTED])
def test_without_a_node_there_are_words_too(connection: Connection) -> None:
    face = unconnected_face(connection, 4.2)
    assert face.sentence.endswith(".")
    assert not face.connected
    assert not face.can_stop
    away = connection in (Connection.AWAY, Connection.NEWER)
    assert face.action is (Action.RETRY if away else Action.STARTING)


@pytest.mark.parametrize(
    ("reasons", "action"),
    [
        ([PauseReason.PERSON], Action.RESUME),
        ([PauseReason.LOW_MEMORY], Action.HELD),
        ([PauseReason.LOW_MEMORY, PauseReason.PERSON], Action.RESUME),
        ([], Action.RESUME),
    ],
)
def test_only_a_persons_pause_can_be_ended_by_a_person(reasons: list[PauseReason], action: Action) -> None:
    status = NodeStatus(phase=Phase.PAUSED, pauses=tuple(Pause(reason=reason) for reason in reasons))
    assert connected_face(status, NOW).action is action


def test_the_round_goes_on_between_snapshots() -> None:
    status = NodeStatus(at=NOW, project=PROJECT)
    assert aged(status, NOW + 20).project.round_seconds_left == 30
    assert aged(status, NOW + 100).project.round_seconds_left == 0
    assert aged(status, NOW - 5).project.round_seconds_left == 50  # a clock that was set back adds no time
    assert aged(NodeStatus(), NOW) == NodeStatus()


def test_hints_say_what_comes_next() -> None:
    assert "practice project" in connected_face(NodeStatus(), NOW).hint
    assert "Tales" in connected_face(NodeStatus(project=PROJECT), NOW).hint
    assert (
        connected_face(NodeStatus(phase=Phase.TRAINING, rounds_wanted=5, rounds_done=2), NOW).hint
        == "Rounds done: 2 of 5."
    )


GAME = Pause(reason=PauseReason.GAME, cause="Elden Ring", source="Steam", since=NOW)
BACK = GivenBack(memory=6 * 2**30 + 2**27, seconds=0.83, at=NOW + 0.8)


@pytest.mark.parametrize(
    ("status", "sentence", "hint"),
    [
        (
            NodeStatus(phase=Phase.PAUSED, pauses=(GAME,), given_back=BACK),
            "Paused: Elden Ring is running (Steam).",
            "6.1\u00a0GB given back in 0.8\u00a0s. Training goes on by itself then.",
        ),
        (  # of an earlier pause: that is no news
            NodeStatus(phase=Phase.PAUSED, pauses=(GAME,), given_back=dataclasses.replace(BACK, at=NOW - 60)),
            "Paused: Elden Ring is running (Steam).",
            "Training goes on by itself then.",
        ),
        (
            NodeStatus(phase=Phase.PAUSED, pauses=(GAME, Pause(reason=PauseReason.ON_BATTERY, since=NOW))),
            "Paused: Elden Ring is running (Steam).",
            "Paused: this computer runs on battery.",
        ),
        (
            NodeStatus(phase=Phase.PAUSED, pauses=(dataclasses.replace(GAME, until=NOW + 38),)),
            "Paused: all is quiet again. Training resumes in 38\u00a0s.",
            "",
        ),
        (  # the game has ended, the battery has not
            NodeStatus(
                phase=Phase.PAUSED,
                pauses=(dataclasses.replace(GAME, until=NOW + 38), Pause(reason=PauseReason.ON_BATTERY, since=NOW)),
            ),
            "Paused: this computer runs on battery.",
            "Training goes on by itself then.",
        ),
        (
            NodeStatus(
                phase=Phase.PAUSED,
                pauses=(Pause(reason=PauseReason.GAME, cause="<b>x</b>\n\u202eevil" + "y" * 10_000, since=NOW),),
            ),
            "Paused: <b>x</b> evil" + "y" * 67 + "… is running.",
            "Training goes on by itself then.",
        ),
    ],
)
def test_a_pause_says_why_and_what_it_gave_back(status: NodeStatus, sentence: str, hint: str) -> None:
    face = connected_face(status, NOW)
    assert (face.sentence, face.hint) == (sentence, hint)


def test_progress_is_shown_only_while_preparing() -> None:
    progress = Progress(done=1, total=2)
    assert connected_face(NodeStatus(phase=Phase.PREPARING, progress=progress), NOW).progress is progress
    assert connected_face(NodeStatus(phase=Phase.TRAINING, progress=progress), NOW).progress is None
