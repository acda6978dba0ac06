"""What a node might say: invented, but plausible. For pictures and benchmarks of the window."""

import random
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from lightwork.domain.errors import Trouble
from lightwork.domain.states import CheckStep, ContributionState, DeviceKind, PauseReason, Phase, Stage
from lightwork.domain.status import (
    CreditStatus,
    DataUse,
    DeviceStatus,
    EnergyStatus,
    GivenBack,
    LossPoint,
    NetworkStatus,
    NodeStatus,
    Notice,
    Pause,
    Progress,
    ProjectStatus,
    TrainingStatus,
)
from lightwork.protocol import control
from lightwork.settings.declared import ALL

GB = 1024**3
CURVE = tuple(
    LossPoint(
        version=version, loss=round(2.62 + 2.95 / (1 + version / 26) ** 0.9 + 0.018 * ((version * 37) % 11 - 5) / 5, 4)
    )
    for version in range(0, 413, 4)
)
STORY = "mfzwizltoqzgk3tbnruxgyjanvqwwzlt"
LETTERS = "zzzzefghijklmnop234567abcdefghij"
LINK = f"lightwork://train.example.org/{STORY}"
PROJECT = ProjectStatus(
    id=STORY,
    link=LINK,
    name="Open Story Model",
    summary="Short stories in twelve languages",
    version=412,
    round_seconds_left=48.0,
    online=37,
    share=0.031,
    parameters=1_130_000_000,
    held_out=CURVE,
)
PRACTICE = ProjectStatus(id="p0", link="lightwork://127.0.0.1/p0", name="Practice", practice=True)
GPU = DeviceStatus(
    id="cuda:0",
    kind=DeviceKind.GPU,
    name="NVIDIA GeForce RTX 4070",
    maker="NVIDIA",
    memory_total=12 * GB,
    memory_used=int(8.4 * GB),
    load=0.97,
    celsius=64.0,
    watts=182.0,
)
CPU = DeviceStatus(
    id="cpu", kind=DeviceKind.CPU, name="AMD Ryzen 7 7840U", memory_total=32 * GB, memory_used=11 * GB, load=0.12
)
CREDITS = CreditStatus(
    verified=1_284 * 10**15,
    pending=6_150_000_000_000_000,
    rejected=0,
    verified_today=74_300_000_000_000_000,
    receipts=902,
)
MONTH = DataUse(used=31_240_000_000, cap=50 * 10**9, ends=datetime(2026, 12, 1).timestamp(), expected=43_800_000_000)
QUIET = NetworkStatus(sent_today=486_000_000, received_today=1_930_000_000, upload_limit=500_000, month=MONTH)
BUSY = replace(QUIET, sent_per_second=412_000, received_per_second=1_830_000)
# At this pace the allowance will not do.
SHORT = replace(MONTH, expected=62 * 10**9, reached=datetime(2026, 11, 24, 8).timestamp())
SPENT = replace(MONTH, used=49_998_000_000)

ENERGY = EnergyStatus(
    watts=182.0,
    kwh_today=0.84,
    kwh_per_day=4.37,
    money_today=0.27,
    money_per_day=1.4,
    currency="EUR",
    grams_co2_today=319.0,
    duty=0.8,
)


def snapshots(now: float) -> dict[str, NodeStatus]:
    """One snapshot for each state."""
    common = {"at": now, "process": 4242, "account": "a1", "project": PROJECT, "device": GPU, "credits": CREDITS}
    training = TrainingStatus(
        device="cuda:0",
        steps=8_410,
        tokens=55_000_000,
        tokens_per_second=14_250.0,
        loss=2.71,
        memory_used=int(6.1 * GB),
        process=99,
    )
    return {
        "off": NodeStatus(at=now, device=CPU),
        "preparing": NodeStatus(
            **common,
            phase=Phase.PREPARING,
            stage=Stage.MODEL,
            progress=Progress(done=1_420_000_000, total=2_260_000_000, bytes_per_second=11_400_000),
            network=BUSY,
        ),
        "training": NodeStatus(**common, phase=Phase.TRAINING, training=training, network=BUSY, energy=ENERGY),
        "paused": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(Pause(reason=PauseReason.PERSON, since=now, until=now + 2_520),),
            network=QUIET,
        ),
        "battery": NodeStatus(
            **common, phase=Phase.PAUSED, pauses=(Pause(reason=PauseReason.ON_BATTERY, since=now),), network=QUIET
        ),
        "game": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(
                Pause(reason=PauseReason.GAME, cause="Elden Ring", source="Steam", since=now),
                Pause(reason=PauseReason.FULL_SCREEN, cause="eldenring.exe", since=now),
                Pause(reason=PauseReason.GPU_IN_USE, cause="eldenring.exe", device="cuda:0", since=now),
            ),
            network=QUIET,
            energy=ENERGY,
            given_back=GivenBack(memory=int(6.1 * GB), seconds=0.8, at=now, device="cuda:0"),
        ),
        "resuming": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(Pause(reason=PauseReason.GAME, cause="Elden Ring", source="Steam", since=now, until=now + 38),),
            network=QUIET,
        ),
        "allowance": NodeStatus(
            **common,
            phase=Phase.PAUSED,
            pauses=(Pause(reason=PauseReason.DATA_MONTH, cause="50 GB", since=now, ends=SPENT.ends),),
            network=replace(QUIET, month=SPENT),
        ),
        "short": NodeStatus(
            **common,
            phase=Phase.TRAINING,
            training=training,
            network=replace(BUSY, upload_limit=0, month=SHORT),
            energy=ENERGY,
        ),
        "slow": NodeStatus(
            **common,
            phase=Phase.TRAINING,
            training=training,
            network=BUSY,
            energy=ENERGY,
            notices=(Notice(trouble=Trouble.UPLOAD_TOO_SLOW, at=now - 60),),
        ),
        "waiting": NodeStatus(**common, phase=Phase.WAITING, stage=Stage.HOST_AWAY, retry_at=now + 40, network=QUIET),
        "trouble": NodeStatus(
            **common,
            phase=Phase.TROUBLE,
            trouble=Trouble.IDENTITY_LOCKED,
            detail="org.freedesktop.secrets: the collection is locked",
            network=QUIET,
            notices=(Notice(trouble=Trouble.TRAINER_FAILED, at=now - 60),),
        ),
    }


# --- answers ----------------------------------------------------------------------------------------------------------

ROWS = 100_000


def answers(rows: int = ROWS) -> dict[type, Any]:
    """What a node answers to each question, for a fake node's `replies`."""
    return {
        control.AskProjects: {"projects": _projects()},
        control.LookAt: _look_at,
        control.AskProject: lambda message: {"project": PROJECT},
        control.AskHistory: _history,
        control.AskContributions: lambda message: {"contributions": contributions(message, rows)},
        control.AskReceipt: _receipt,
        control.AskDevices: {"devices": (GPU, CPU)},
        control.AskSettings: {"settings": _settings()},
        control.AskPrograms: {"programs": _programs()},
        control.Export: {"rows": rows},
    }


def _projects() -> tuple[control.ProjectEntry, ...]:
    letters = control.ProjectEntry(
        id=LETTERS, link=f"lightwork://letters.example.net/{LETTERS}", name="Old Letters", verified=41 * 10**15
    )
    story = control.ProjectEntry(
        id=STORY,
        link=LINK,
        name="Open Story Model",
        chosen=True,
        verified=CREDITS.verified - 41 * 10**15,
        pending=CREDITS.pending,
    )
    return (story, letters)


def _look_at(message: control.LookAt) -> dict[str, object]:
    if message.link is None:
        return {"offer": _practice()}
    if LETTERS in message.link:
        return {
            "offer": offer(
                id=LETTERS,
                name="Old Letters",
                team="Archive of Everyday Writing",
                summary="Two hundred years of letters, from ten archives, for a model of how people wrote",
                parameters=6_050_000_000,
                needed=17.4,
            )
        }
    return {"offer": offer()}


def _practice() -> control.ProjectOffer:
    summary = "Learns Python's own source code, on this computer"
    return offer(id="p" * 32, name="Practice", team="", summary=summary, practice=True, parameters=856_064, needed=0.3)


def offer(
    *,
    id: str = STORY,  # noqa: A002
    name: str = "Open Story Model",
    team: str = "Story Collective",
    summary: str = "Short stories in twelve languages, gathered by their readers",
    practice: bool = False,
    parameters: int = 1_130_000_000,
    needed: float = 5.1,
) -> control.ProjectOffer:
    """A project as `LookAt` describes it; `needed` in GB."""
    fits = tuple(
        control.DeviceFit(
            device=device.id,
            name=device.name,
            needed=int(needed * GB),
            allowed=device.memory_total // 2,
            total=device.memory_total,
            fits=needed * GB <= device.memory_total // 2,
        )
        for device in (GPU, CPU)
    )
    return control.ProjectOffer(
        id=id,
        link=f"lightwork://train.example.org/{id}",
        host="train.example.org",
        name=name,
        summary=summary,
        team=team,
        practice=practice,
        joined=not practice,
        serial=7,
        issued=time.time() - 30 * 86_400,
        expires=time.time() + 90 * 86_400,
        architecture="gptj" if practice else "llama",
        parameters=parameters,
        sequence=2048,
        optimizer="muon",
        round_seconds=600.0,
        tokenizer="bytes" if practice else "file",
        weights_bytes=2 * parameters,
        data_bytes=48_000_000_000,
        up_bytes=parameters // 40,
        down_bytes=parameters // 25,
        disk_bytes=9 * parameters,
        fits=fits,
        status=PROJECT if id == STORY else None,
    )


def _history(message: control.AskHistory) -> dict[str, object]:
    days = {control.Period.DAY: 1, control.Period.WEEK: 7, control.Period.MONTH: 30}[message.period]
    chance = random.Random(message.period)
    today = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)
    entries = []
    for back in range(message.count - 1, -1, -1):
        start = today - timedelta(days=days * back)
        work = max(0.0, chance.gauss(60, 25)) * days * (0.4 if back == 0 else 1) * (chance.random() > 0.12)
        entries.append(
            control.HistoryEntry(
                start=start.timestamp(),
                end=(start + timedelta(days=days)).timestamp(),
                verified=int(work * 10**15),
                rejected=0,
                tokens=int(work * 150_000),
                contributions=round(work / 1.4),
                sent=int(work * 6_500_000),
                received=int(work * 26_000_000),
                joules=work * 41_000,
                seconds=work * 220,
            )
        )
    rounds = tuple(range(40, 413, 9)) if message.project else ()
    return {
        "history": control.HistoryReport(
            period=message.period, project=message.project, entries=tuple(entries), rounds=rounds
        )
    }


_STATES = ("verified", "verified", "verified", "verified", "rejected", "verified", "returned", "verified")


def contributions(message: control.AskContributions, rows: int) -> control.ContributionPage:
    """A stretch of a long table."""
    last = min(rows, message.offset + message.limit)
    return control.ContributionPage(
        total=rows, offset=message.offset, rows=tuple(_contribution(at) for at in range(message.offset, last))
    )


def _contribution(at: int) -> control.ContributionEntry:
    state = "pending" if at == 0 else _STATES[at % len(_STATES)]
    reason = {"rejected": "payload_invalid", "returned": "round_closed"}.get(state, "")
    tokens = 612_000 + 3_000 * (at % 17)
    return control.ContributionEntry(
        project=STORY if at % 11 else LETTERS,
        digest=f"{(at + 1) * 2654435761 % 2**64:064x}",
        state=ContributionState(state),
        reason=reason,
        base_version=max(0, 412 - at),
        steps=96,
        tokens=tokens,
        operations=6 * 1_130_000_000 * tokens if state != "rejected" else 0,
        length=28_200_000 + at % 1000 * 900,
        at=time.time() - 640 * at,
        receipt=902 - at if state in ("verified", "rejected") and at < 902 else None,
    )


def _receipt(message: control.AskReceipt) -> dict[str, object]:
    return {
        "receipt": control.ReceiptEntry(
            project=message.project,
            name="Open Story Model",
            number=901,
            account="9c41" * 16,
            contribution=message.digest,
            round=411,
            steps=96,
            tokens=615_000,
            operations=6 * 1_130_000_000 * 615_000,
            verified=True,
            reason="",
            issued=time.time() - 640,
            key="3f9a1c22d07b4e61" * 4,
            document='{"body":"eyJwcm9qZWN0Ijoi...","key":"3f9a1c22","signature":"..."}',
        )
    }


def _settings() -> tuple[control.SettingEntry, ...]:
    changed = {
        "pausing.programs": "blender; davinci-resolve",
        "pausing.hours": "mon-fri 22:00-07:00; sat-sun 00:00-24:00",
    }
    return tuple(
        control.SettingEntry(key=one.key, value=changed.get(one.key, one.default), default=one.default) for one in ALL
    )


def _programs() -> tuple[control.ProgramEntry, ...]:
    names = ("blender", "firefox", "code", "vlc", "obs", "gimp")
    return tuple(
        control.ProgramEntry(name=name, path=f"/usr/bin/{name}", processes=count) for count, name in enumerate(names, 1)
    )


CHECKED = (
    control.Checked(id=0, step=CheckStep.DEVICE, passed=True, detail="NVIDIA GeForce RTX 4070, driver 560.35"),
    control.Checked(id=0, step=CheckStep.RUNTIME, passed=True, detail="torch 2.13.0"),
    control.Checked(id=0, step=CheckStep.MEMORY, passed=True, detail=""),
    control.Checked(id=0, step=CheckStep.SPEED),
)
REPORT = control.CheckReport(
    device=GPU,
    driver="560.35",
    runtime="torch 2.13.0",
    allowed=6 * GB,
    parameters=98_000_000,
    tokens_per_second=41_200.0,
    operations_per_day=6 * 98_000_000 * 41_200 * 86_400,
    seconds=21.0,
)
STORY_TEXT = (
    " a lamp that nobody had lit for years. The keeper's daughter climbed the stairs every evening, counted the ships,"
    " and wrote their names into a book that smelled of salt. One night there was a name that she had not written."
)
