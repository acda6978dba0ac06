"""What joining a project would mean: its manifest, how it stands, and what it takes of this computer.

Nothing of it is remembered but for some minutes, so that a page of projects does not ask their hosts again and again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lightwork.domain.errors import LightworkError
from lightwork.domain.states import DeviceKind
from lightwork.domain.status import DeviceStatus, ProjectStatus
from lightwork.hardware.devices import Devices
from lightwork.history.ledger import Ledger
from lightwork.node.joining import project_status
from lightwork.node.meter import Meter
from lightwork.node.practice import PracticeHost
from lightwork.node.store import MOST_BYTES
from lightwork.protocol import control as wire
from lightwork.protocol.expected import payload_bytes
from lightwork.protocol.links import JoinLink, parse_link
from lightwork.protocol.manifest import Manifest
from lightwork.protocol.memory import bytes_needed, checkpoint_bytes
from lightwork.protocol.project import ProjectState
from lightwork.settings.declared import COMPUTING_MEMORY_SHARE
from lightwork.settings.store import Settings

_FRESH_SECONDS = 180.0
# A person waits, perhaps for several hosts one after another: less patience than a session has.
_TIMEOUT_SECONDS = 10.0
_MOST_REMEMBERED = 64
# While somebody looks around, the practice project's host stays, since it takes seconds to start; then its memory is
# given back.
_PRACTICE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a host has said, and when (monotonic)."""

    link: JoinLink
    manifest: Manifest
    state: ProjectState | None
    at: float


class Offers:
    """Looks at projects. `idle` says whether no session runs."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        meter: Meter,
        ledger: Ledger,
        devices: Devices,
        practice: PracticeHost,
        *,
        settings: Callable[[], Settings],
        practising: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = key
        self._meter = meter
        self._ledger = ledger
        self._devices = devices
        self._practice = practice
        self._settings = settings
        self._practising = practising
        self._clock = clock
        self._looks: dict[str, Look] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._resting: asyncio.Task[None] | None = None

    async def offer(self, text: str | None) -> wire.ProjectOffer:
        """What joining means. No link means the practice project. Raises as `ProjectClient.manifest` does.

        A host that gives its manifest and then does not say how it stands is no fault: `status` is None then.
        """
        name = "" if text is None else str(parse_link(text))
        lock = self._asking.setdefault(name, asyncio.Lock())
        try:
            async with lock:  # of two that ask at once, the second reads what the first has heard
                look = self._remembered(name) or await self._look(name)
        finally:
            if not lock.locked():
                self._asking.pop(name, None)
        devices = await asyncio.to_thread(self._devices.read)
        joined = self._ledger.project(look.link.project) is not None
        return describe(look, devices, self._settings(), joined=joined, age=self._clock() - look.at)

    def _remembered(self, name: str) -> Look | None:
        look = self._looks.get(name)
        if look is None or self._clock() - look.at > _FRESH_SECONDS:
            return None
        known = self._ledger.project(look.link.project)  # a session may have seen a newer manifest meanwhile
        return look if known is None or known.serial <= look.manifest.serial else None

    async def _look(self, name: str) -> Look:
        self._looks.pop(name, None)
        link = parse_link(name or await self.practice_link())
        known = self._ledger.project(link.project)
        look = await self._ask(link, known.serial if known is not None else 0)
        if look.state is not None:
            self._looks[name] = look
            while len(self._looks) > _MOST_REMEMBERED:
                del self._looks[next(iter(self._looks))]
        return look

    async def _ask(self, link: JoinLink, oldest: int) -> Look:
        from lightwork.protocol.client import ProjectClient  # noqa: PLC0415  the network's modules, as in `joining`

        count = self._meter.counter(link.project)
        async with ProjectClient(
            link, self._key, count=count, timeout=_TIMEOUT_SECONDS, shaper=self._meter.shaper
        ) as client:
            manifest = await client.manifest(oldest_serial=oldest)
            try:
                state = await client.state()
            except LightworkError:
                state = None
        return Look(link, manifest, state, self._clock())

    async def practice_link(self) -> str:
        """The practice project's link; its host is started for it, and rests again a while later."""
        if self._resting is not None:
            self._resting.cancel()
        self._resting = asyncio.create_task(self._rest_practice())
        return await self._practice.link()

    async def _rest_practice(self) -> None:
        needed = True
        while needed:
            await asyncio.sleep(_PRACTICE_SECONDS)
            needed = self._practising()
        await asyncio.shield(asyncio.ensure_future(self._practice.stop()))  # not by halves, if somebody looks again


def describe(
    look: Look, devices: Sequence[DeviceStatus], settings: Settings, *, joined: bool, age: float = 0.0
) -> wire.ProjectOffer:
    """The offer that a look, `age` seconds old, comes to on this computer."""
    manifest = look.manifest
    model, recipe = manifest.model, manifest.recipe
    return wire.ProjectOffer(
        id=manifest.project,
        link=str(look.link),
        host=look.link.authority,
        name=manifest.name,
        summary=manifest.summary,
        team=manifest.team,
        practice=manifest.practice,
        joined=joined,
        serial=manifest.serial,
        issued=manifest.issued,
        expires=manifest.expires,
        architecture=str(model.__struct_config__.tag),
        parameters=manifest.parameters,
        sequence=recipe.sequence,
        optimizer=recipe.optimizer,
        round_seconds=recipe.round_seconds,
        tokenizer=manifest.tokenizer.kind,
        weights_bytes=sum(file.length for file in manifest.weights),
        data_bytes=sum(shard.sent.length for shard in manifest.data),
        up_bytes=payload_bytes(model, recipe.up),
        down_bytes=payload_bytes(model, recipe.down),
        disk_bytes=disk_bytes(manifest),
        fits=tuple(fit(manifest, device, settings[COMPUTING_MEMORY_SHARE]) for device in devices),
        status=_status(look, age),
    )


def fit(manifest: Manifest, device: DeviceStatus, share: float) -> wire.DeviceFit:
    """Whether the trainer would take this model onto a device of whose memory it may use a share."""
    needed = bytes_needed(manifest.model, manifest.recipe, 1, on_cpu=device.kind is DeviceKind.CPU)
    allowed = int(device.memory_total * share)
    return wire.DeviceFit(
        device=device.id,
        name=device.name,
        needed=needed,
        allowed=allowed,
        total=device.memory_total,
        fits=device.usable and needed <= allowed,
    )


def disk_bytes(manifest: Manifest) -> int:
    """The most that a project comes to take of the disk.

    The weights as they are downloaded, until they are in a checkpoint. Three checkpoints: the synced one, the quick one
    of the last stop, and the next one while it is written (`trainer/keeper.py`). Two contributions: the packed one
    and its draft. One update. The tokenizer, once a text was asked for. And data, of which the files fetched longest
    ago go once there is too much of it, with one file as it travels.
    """
    model, recipe = manifest.model, manifest.recipe
    weights = sum(file.length for file in manifest.weights)
    tokenizer = 0 if manifest.tokenizer.file is None else manifest.tokenizer.file.length
    data = min(sum(shard.length for shard in manifest.data), MOST_BYTES)
    data += max(0 if shard.packed is None else shard.packed.length for shard in manifest.data)
    wired = 2 * payload_bytes(model, recipe.up) + payload_bytes(model, recipe.down)
    return weights + 3 * checkpoint_bytes(model, recipe) + wired + data + tokenizer


def _status(look: Look, age: float) -> ProjectStatus | None:
    if look.state is None:
        return None
    return project_status(look.link, look.manifest, look.state, max(0.0, look.state.round.seconds_left - age))
