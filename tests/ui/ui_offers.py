"""Projects as the node would tell of them."""

import time
from typing import Any

from lightwork.domain.status import LossPoint, ProjectStatus
from lightwork.protocol import control

GB = 2**30
ID = "mfzwizltoqzgk3tbnruxgyjanvqwwzlt"
OTHER = "zzzzefghijklmnop234567abcdefghij"
PRACTICE = "aaaabbbbccccddddeeeeffffgggghhhh"
LINK = f"lightwork://train.example.org/{ID}"
EVIL = "<b>Best</b> \u202e\u0000\n" + "x" * 10_000  # a name or summary that a person should not be fooled by


def fit(device: str = "cuda:0", needed: float = 5.1, allowed: float = 6, total: float = 8, **other: Any) -> Any:
    """A device and what is needed of it, in GB."""
    sizes = {"needed": int(needed * GB), "allowed": int(allowed * GB), "total": int(total * GB)}
    return control.DeviceFit(**{"device": device, "name": "Card X", "fits": needed <= allowed, **sizes, **other})


def progress(project: str = ID, **other: Any) -> ProjectStatus:
    """How a project stands in round 412."""
    curve = (LossPoint(version=400, loss=3.1), LossPoint(version=412, loss=2.867))
    fields = {"id": project, "link": LINK, "version": 412, "online": 37, "held_out": curve}
    return ProjectStatus(**{**fields, **other})


def offer(project: str = ID, **other: Any) -> control.ProjectOffer:
    """A project that fits; `other` fields differ."""
    fields: dict[str, Any] = {
        "id": project,
        "link": f"lightwork://train.example.org/{project}",
        "host": "train.example.org",
        "name": "Open Story Model",
        "summary": "Short stories",
        "team": "Story Collective",
        "practice": False,
        "joined": False,
        "serial": 3,
        "issued": 0.0,
        "expires": time.time() + 90 * 86400,
        "architecture": "llama",
        "parameters": 1_130_000_000,
        "sequence": 2048,
        "optimizer": "adamw",
        "round_seconds": 600.0,
        "tokenizer": "bpe",
        "weights_bytes": 2_260_000_000,
        "data_bytes": 10**10,
        "up_bytes": 31_000_000,
        "down_bytes": 44_000_000,
        "disk_bytes": 21_000_000_000,
        "fits": (fit(), fit("cpu", 6, 16, 32, name="Processor Y")),
        "status": progress(project),
    }
    return control.ProjectOffer(**{**fields, **other})


def practice(**other: Any) -> control.ProjectOffer:
    """The practice project."""
    link = f"lightwork://127.0.0.1:4000/{PRACTICE}"
    fields = {"link": link, "host": "127.0.0.1:4000", "name": "Practice", "practice": True, "team": ""}
    return offer(PRACTICE, **{**fields, **other})


def entry(project: str = ID, **other: Any) -> control.ProjectEntry:
    """A project that was joined."""
    fields = {"id": project, "link": f"lightwork://train.example.org/{project}", "name": "Open Story Model"}
    return control.ProjectEntry(**{**fields, **other})
