"""The project wire from both ends: the client against a real host on a real socket, and against bad ones."""

import asyncio
import gzip
import hashlib
import io
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from helpers.documents import HOST, PROJECT, TEAM, VOLUNTEER, manifest, signed
from helpers.tiny_host import answer, breaking_cable, tiny_host
from helpers.tiny_project import HandClock, announcement, make_project, payload_of
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.domain.status import LossPoint
from lightwork.host import uploads
from lightwork.host.address import bind
from lightwork.host.guard import GuardLimits
from lightwork.host.records import contributions, rounds
from lightwork.host.serve import edge, serve
from lightwork.host.service import Service
from lightwork.host.settings import HostSettings
from lightwork.protocol import client as client_of_project
from lightwork.protocol import limits
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.documents import Checkpoint, Kind, Receipt, Update, Verdict, sign
from lightwork.protocol.links import JoinLink, parse_link
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.project import Contribution, Refused, UploadPhase, UploadState
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.requests import Message, sign_request
from lightwork.protocol.round_plan import RoundPlan


def nothing(sent: int, received: int) -> None:
    pass


@dataclass
class House:
    """A real host."""

    service: Service
    port: int
    clock: HandClock

    @property
    def link(self) -> JoinLink:
        return JoinLink("127.0.0.1", self.port, self.service.manifest.project)

    def client(self, seed: int = 0, port: int | None = None, **options: Any) -> ProjectClient:
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        link = JoinLink("127.0.0.1", port or self.port, self.service.manifest.project)
        return ProjectClient(link, key, count=nothing, **options)


@asynccontextmanager
async def open_house(folder: Path, guard: GuardLimits | None = None) -> AsyncIterator[House]:
    clock = HandClock(time.time())
    service = await Service.open(folder, clock=clock)
    sock = bind("127.0.0.1", 0)
    async with edge(service, sock, guard) as gate:
        sweeping = asyncio.create_task(gate.run())
        yield House(service, sock.getsockname()[1], clock)
        sweeping.cancel()
    await service.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    await make_project(tmp_path / "project")
    async with open_house(tmp_path / "project") as found:
        yield found


async def refusal_of(request: Any) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        await request
    return caught.value


async def trouble_of(request: Any) -> Trouble:
    with pytest.raises(LightworkError) as caught:
        await request
    return caught.value.trouble


async def leased(client: ProjectClient, seed: int, folder: Path) -> tuple[Contribution, Path]:
    """A contribution to the open round under a lease of its own."""
    version = (await client.state()).round.version
    lease = await client.lease(version)
    file = folder / f"contribution-{seed}"
    file.write_bytes(payload_of(seed))
    return announcement(payload_of(seed), version, (lease.id, 16)), file


# --- all goes well ----------------------------------------------------------------------------------------------------


async def test_the_way_of_one_contribution(house: House, tmp_path: Path) -> None:
    async with house.client() as client:
        found = await client.manifest()
        assert found == house.service.manifest
        checkpoint = await client.checkpoint(found)
        await client.download(checkpoint.files[0], tmp_path / "weights")
        assert hashlib.sha256((tmp_path / "weights").read_bytes()).hexdigest() == checkpoint.files[0].sha256
        assert (await client.join()).receipts == 0
        contribution, file = await leased(client, 1, tmp_path)
        told: list[int] = []
        state = await client.upload(contribution, file, told.append)
        assert (state.phase, state.offset, told[-1]) == (UploadPhase.PENDING, contribution.length, contribution.length)
        assert (await client.upload(contribution, file)).phase is UploadPhase.PENDING
        before = await client.state()
        house.clock.now += 60
        assert await house.service.tick()
        after = await client.state(before)
        assert after.round.version == 1
        update = await client.update(found, 0)
        await client.download(update.file, tmp_path / "update")
        ((receipt, document),) = await client.receipts(found, 0)
        assert (receipt.verdict, receipt.contribution, receipt.tokens) == (Verdict.VERIFIED, contribution.digest, 16)
        assert receipt.operations == 6 * found.parameters * 16
        assert msgspec.json.decode(document)["key"] == found.host_key
        assert await client.receipts(found, 1) == []
        assert (await client.join()).receipts == 1


async def test_a_long_poll_ends_with_the_round_and_brings_the_update(house: House, tmp_path: Path) -> None:
    async with house.client() as client:
        await client.join()
        contribution, file = await leased(client, 1, tmp_path)
        before = await client.state()
        waiting = asyncio.create_task(client.state(before))
        await client.upload(contribution, file)
        house.clock.now += 60
        assert await house.service.tick()
        after = await waiting
        assert (after.revision, after.round.version) == (before.revision + 1, 1)
        assert after.update == await house.service.update(0)
        found = await client.manifest()
        assert await client.update(found, 0, after.update) == await client.update(found, 0)
        same = await client.state(after, wait=0.05)
        assert (same.revision, same.update) == (after.revision, after.update)  # not sent again, and not forgotten


async def test_what_every_volunteer_changes_wakes_none_of_them(house: House, tmp_path: Path) -> None:
    async with house.client(0) as client, house.client(1) as other:
        before = await client.state()
        waiting = asyncio.create_task(client.state(before, wait=1.5))
        await other.join()
        contribution, file = await leased(other, 1, tmp_path)
        await other.upload(contribution, file)
        assert not waiting.done()
        after = await waiting
        assert after.revision == before.revision
        assert (after.round.received, after.online) == (1, 1)  # the answer at the end of the wait has it all


async def test_only_losses_that_are_not_known_are_sent(house: House) -> None:
    async with house.client() as client:
        state = None
        for version in range(3):
            point = LossPoint(version=version, loss=3.0 - version)
            await house.service._project.database.write(rounds.add_loss, point, 1)
            await house.service._on_loss()
            state = await client.state(state, wait=0)
            assert [point.version for point in state.held_out] == list(range(version + 1))
        raw = await client._transport.ask("GET", f"/state?known={state.revision}&wait=0&loss=1")
        assert [point["version"] for point in msgspec.json.decode(raw)["held_out"]] == [2]


async def test_an_update_comes_with_the_state_to_those_alone_that_lack_it(house: House, tmp_path: Path) -> None:
    async with house.client() as client:
        await client.join()
        for seed in range(2):
            contribution, file = await leased(client, seed, tmp_path)
            await client.upload(contribution, file)
            house.clock.now += 60
            assert await house.service.tick()
        for query, told in (("?version=1", True), ("?version=0", False), ("?version=2", False), ("", False)):
            raw = await client._transport.ask("GET", f"/state{query}")
            assert ("update" in msgspec.json.decode(raw)) is told


class Shelf:
    """Keeps one document in memory."""

    def __init__(self, document: bytes | None = None) -> None:
        self.document = document

    def read(self) -> bytes | None:
        return self.document

    def write(self, document: bytes) -> None:
        self.document = document


async def test_a_manifest_that_is_known_is_not_sent_again(house: House) -> None:
    received: list[int] = []
    shelf = Shelf()
    key = Ed25519PrivateKey.generate()
    async with ProjectClient(house.link, key, count=lambda up, down: received.append(down)) as client:
        first = await client.manifest(shelf=shelf)
        whole = sum(received)
        received.clear()
        assert await client.manifest(shelf=shelf) == first
        assert sum(received) < 300 < whole
        kept = msgspec.json.encode(house.service.manifest_document)
        assert shelf.document == kept
        for spoilt in (b"", b"{}", kept.replace(b'"body":"e', b'"body":"f'), msgspec.json.encode(signed(manifest()))):
            shelf.document = spoilt
            assert await client.manifest(shelf=shelf) == first
            assert shelf.document == kept


async def test_a_host_that_says_that_an_old_manifest_is_the_newest_is_not_believed() -> None:
    """Neither one that is older than what was seen, nor one that has expired."""
    shelf = Shelf(msgspec.json.encode(signed(manifest(serial=2))))
    async with tiny_host({"/manifest": answer(b"", "204 No Content")}) as (port, _), unsure(port) as client:
        assert await trouble_of(client.manifest(oldest_serial=3, shelf=shelf)) is Trouble.HOST_CONFUSED
        shelf.document = msgspec.json.encode(signed(manifest(expires=2)))
        assert await trouble_of(client.manifest(shelf=shelf)) is Trouble.HOST_CONFUSED


async def test_a_small_contribution_comes_with_its_announcement(house: House, tmp_path: Path) -> None:
    async with house.client() as client, house.client(chunk_bytes=100) as careful:
        await client.join()
        contribution, file = await leased(client, 1, tmp_path)
        assert contribution.length <= limits.EAGER_BYTES
        state = await client.announce(contribution, file.read_bytes())
        assert (state.phase, state.offset) == (UploadPhase.PENDING, contribution.length)
        house.clock.now += 60
        assert await house.service.tick()
        contribution, file = await leased(client, 2, tmp_path)
        begun = await careful.announce(contribution)
        await careful._send_chunk(contribution, 0, file.read_bytes()[:100])
        state = await client.announce(contribution, file.read_bytes())  # what is there is not sent twice
        assert (begun.offset, state.phase, state.offset) == (0, UploadPhase.RECEIVING, 100)
        assert (await client.upload(contribution, file)).phase is UploadPhase.PENDING


async def test_an_announcement_with_other_bytes_is_refused(house: House, tmp_path: Path) -> None:
    async with house.client() as client:
        await client.join()
        contribution, file = await leased(client, 1, tmp_path)
        content = file.read_bytes()
        assert (await refusal_of(client.announce(contribution, content + b"x"))).refusal is Refusal.TOO_LARGE
        spoilt = content[:-1] + bytes([content[-1] ^ 1])
        assert (await refusal_of(client.announce(contribution, spoilt))).refusal is Refusal.DIGEST_WRONG
        short = await client.announce(contribution, content[:-1])
        assert (short.phase, short.offset) == (UploadPhase.RECEIVING, len(content) - 1)
        assert (await client.upload(contribution, file)).phase is UploadPhase.PENDING


@pytest.mark.parametrize("seed", range(3))
async def test_an_upload_that_is_cut_again_and_again_arrives_once(house: House, tmp_path: Path, seed: int) -> None:
    async with house.client(chunk_bytes=50) as straight:
        await straight.join()
        contribution, file = await leased(straight, seed, tmp_path)
    offsets: list[int] = []
    async with (
        breaking_cable(house.port, seed, most=2500, breaks=12) as port,
        house.client(port=port, chunk_bytes=50) as client,
    ):
        state = None
        while state is None:
            try:
                state = await client.upload(contribution, file, offsets.append)
            except LightworkError as error:
                assert error.trouble is Trouble.HOST_UNREACHABLE, error  # noqa: PT017
    assert state.phase is UploadPhase.PENDING
    assert offsets == sorted(offsets)  # what the host had once it never asked for again
    assert house.service.counters().payload_bytes == contribution.length
    house.clock.now += 60
    assert await house.service.tick()
    async with house.client() as client:
        assert len(await client.receipts(await client.manifest(), 0)) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_a_download_that_is_cut_again_and_again_goes_on_where_it_was(
    house: House, tmp_path: Path, seed: int
) -> None:
    file = house.service.manifest.weights[0]
    places: list[int] = []
    async with breaking_cable(house.port, seed, most=1500, breaks=6) as port, house.client(port=port) as client:
        while not (tmp_path / "weights").exists():
            try:
                await client.download(file, tmp_path / "weights", places.append)
            except LightworkError as error:
                assert error.trouble is Trouble.HOST_UNREACHABLE, error  # noqa: PT017
    assert hashlib.sha256((tmp_path / "weights").read_bytes()).hexdigest() == file.sha256
    assert places == sorted(places)
    assert not (tmp_path / "weights.part").exists()


async def test_an_upload_that_is_complete_while_a_round_is_closed_is_acknowledged_after_that(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "CLOSING_PATIENCE", 0.01)
    monkeypatch.setattr(client_of_project, "_CLOSING_SECONDS", 0.05)
    taking = house.service._project.taking
    async with house.client() as client:
        await client.join()
        contribution, file = await leased(client, 1, tmp_path)
        taking.clear()
        uploading = asyncio.create_task(client.upload(contribution, file))
        await asyncio.sleep(0.5)  # several questions long
        assert not uploading.done()
        taking.set()
        assert (await uploading).phase is UploadPhase.PENDING


async def test_an_upload_that_the_host_has_given_up_is_announced_once_more(house: House, tmp_path: Path) -> None:
    async with house.client(chunk_bytes=100) as client:
        await client.join()
        contribution, file = await leased(client, 1, tmp_path)
        database, dropped = house.service._project.database, []

        def drop(sent: int) -> None:
            if sent >= 200 and not dropped:
                dropped.append(sent)
                with database.writing() as connection:
                    contributions.drop(connection, client.account, contribution.digest)

        state = await client.upload(contribution, file, drop)
        assert dropped
        assert state.phase is UploadPhase.PENDING


@pytest.mark.parametrize("offset", [0, None], ids=["begins anew", "waits for ever"])
async def test_a_host_that_never_acknowledges_is_confused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offset: int | None
) -> None:
    monkeypatch.setattr(client_of_project, "_CLOSING_SECONDS", 0.01)
    monkeypatch.setattr(client_of_project, "_LONGEST_CLOSING", 0.2)
    payload = payload_of(1)
    (tmp_path / "file").write_bytes(payload)
    contribution = announcement(payload, 0, ("lease", 16))

    def says(at: int) -> bytes:
        return answer(
            msgspec.json.encode(UploadState(digest=contribution.digest, offset=at, phase=UploadPhase.RECEIVING))
        )

    answers = {
        "/contributions": says(contribution.length),
        contribution.digest: says(contribution.length if offset is None else offset),
    }
    async with tiny_host(answers) as (port, heads):
        async with ProjectClient(JoinLink("127.0.0.1", port, PROJECT), VOLUNTEER, count=nothing) as client:
            assert await trouble_of(client.upload(contribution, tmp_path / "file")) is Trouble.HOST_CONFUSED
        assert len(heads) == 2 if offset == 0 else len(heads) > 3


async def test_whoever_hangs_up_in_the_middle_is_no_fault_of_the_host(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", house.port)
    path = f"/v1/{house.service.manifest.project}/join"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nonly this".encode())
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.transport.abort()
    await asyncio.sleep(0.2)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_damaged_part_is_fetched_once_more_from_the_start(house: House, tmp_path: Path) -> None:
    file = house.service.manifest.weights[0]
    (tmp_path / "weights.part").write_bytes(b"damaged by a power cut")
    async with house.client() as client:
        await client.download(file, tmp_path / "weights")
    assert hashlib.sha256((tmp_path / "weights").read_bytes()).hexdigest() == file.sha256


async def test_a_wrong_clock_is_set_right_by_the_host(house: House) -> None:
    async with house.client() as client:
        client._transport.learn_clock(time.time() - 100_000)
        await client.join()
        assert abs(client.host_time - time.time()) < 5


# --- the host refuses -------------------------------------------------------------------------------------------------


async def test_refusals_reach_the_volunteer_by_name(house: House, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(payload_of(1))
    async with house.client() as client:
        assert (await refusal_of(client.lease(0))).refusal is Refusal.NOT_JOINED
        await client.join()
        contribution, file = await leased(client, 1, tmp_path)
        unknown = announcement(payload_of(1), 0, ("no-such-lease", 16))
        assert (await refusal_of(client.upload(unknown, file))).refusal is Refusal.LEASE_UNKNOWN
        huge = msgspec.structs.replace(contribution, length=1 << 40)
        assert (await refusal_of(client.upload(huge, file))).refusal is Refusal.TOO_LARGE
        other = msgspec.structs.replace(contribution, digest="0" * 64)
        assert (await refusal_of(client.upload(other, file))).refusal is Refusal.DIGEST_WRONG
        file.write_bytes(payload_of(1)[:-1])
        assert await trouble_of(client.upload(contribution, file)) is Trouble.HOST_CONFUSED  # it never becomes whole
        file.write_bytes(payload_of(1))
        assert (await client.upload(contribution, file)).phase is UploadPhase.PENDING
        assert (await refusal_of(client.update(house.service.manifest, 7))).refusal is Refusal.NOT_FOUND
        missing = FileRef(path="x", length=3, sha256="0" * 64)
        assert (await refusal_of(client.download(missing, tmp_path / "x"))).refusal is Refusal.NOT_FOUND


async def test_another_project_is_unknown_here(house: House) -> None:
    link = JoinLink("127.0.0.1", house.port, "a" * 32)
    async with ProjectClient(link, VOLUNTEER, count=nothing) as client:
        assert (await refusal_of(client.manifest())).refusal is Refusal.PROJECT_UNKNOWN


def request(house: House, path: str = "/join", method: str = "POST", body: bytes = b'{"program":"x"}') -> Message:
    message = Message(method, house.link.url + path, {"Content-Type": "application/json"})
    sign_request(message, body, VOLUNTEER, time.time())
    return message


async def send(message: Message, body: Any) -> tuple[int, Refusal | None]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.request(message.method, message.url, headers=dict(message.headers), data=body) as response,
    ):
        text = await response.read()
        return response.status, None if response.status == 200 else msgspec.json.decode(text, type=Refused).refusal


async def test_a_request_cannot_be_made_twice(house: House) -> None:
    message, body = request(house), b'{"program":"x"}'
    assert await send(message, body) == (200, None)
    assert await send(message, body) == (409, Refusal.REPLAYED)


async def test_requests_that_are_not_what_was_signed_are_refused(house: House) -> None:
    body = b'{"program":"x"}'
    assert await send(Message("POST", house.link.url + "/join", {}), body) == (401, Refusal.SIGNATURE_MISSING)
    assert await send(request(house), b'{"program":"y"}') == (401, Refusal.SIGNATURE_INVALID)
    moved = request(house)
    moved.url = moved.url.replace("/join", "/leases")
    assert await send(moved, body) == (401, Refusal.SIGNATURE_INVALID)
    assert await send(request(house, body=b"{"), b"{") == (400, Refusal.MALFORMED)
    assert await send(request(house, body=b'{"program":5}'), b'{"program":5}') == (400, Refusal.MALFORMED)


async def test_bombs_and_floods_are_refused_before_they_are_read(house: House) -> None:
    bomb = gzip.compress(bytes(50 << 20))
    packed = request(house, body=bomb)
    packed.headers["Content-Encoding"] = "gzip"
    assert await send(packed, bomb) == (415, Refusal.ENCODED)
    large = b"x" * (limits.CHUNK_BYTES + 1)
    path = f"/contributions/{'0' * 64}?offset=0"
    assert await send(request(house, path, "PATCH", large), io.BytesIO(large)) == (413, Refusal.TOO_LARGE)

    async def pieces() -> AsyncIterator[bytes]:  # without a length that would tell
        while True:
            yield b"x" * 10_000

    with suppress(aiohttp.ClientError):  # the host may hang up on it, which is as good
        assert await send(request(house), pieces()) == (413, Refusal.TOO_LARGE)
    async with house.client() as client:
        await client.join()


@pytest.mark.parametrize(
    ("path", "status", "refusal"),
    [
        ("/v2/{id}/manifest", 400, Refusal.PROTOCOL_UNSUPPORTED),
        ("/v1/{id}/nothing", 404, Refusal.NOT_FOUND),
        ("/v1/{id}/files/..%2F..%2Fhost.key", 404, Refusal.NOT_FOUND),
        ("/v1/{id}/files/" + "A" * 64, 404, Refusal.NOT_FOUND),
        ("/v1/other/manifest", 404, Refusal.PROJECT_UNKNOWN),
        ("/v1/{id}/join", 405, Refusal.MALFORMED),
        ("/v1/{id}/state?known=-1", 400, Refusal.MALFORMED),
        ("/v1/{id}/state?known=1&wait=nan", 400, Refusal.MALFORMED),
        ("/v1/{id}/receipts?after=0", 401, Refusal.SIGNATURE_MISSING),
        ("/", 404, Refusal.NOT_FOUND),
    ],
)
async def test_paths_that_lead_nowhere(house: House, path: str, status: int, refusal: Refusal) -> None:
    url = f"http://127.0.0.1:{house.port}{path.format(id=house.service.manifest.project)}"
    assert await send(Message("GET", url, {}), None) == (status, refusal)


async def test_files_come_in_parts_and_are_kept_by_caches(house: House) -> None:
    file = house.service.manifest.weights[0]
    url = f"{house.link.url}/files/{file.sha256}"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            whole = await response.read()
            assert (response.status, len(whole)) == (200, file.length)
            assert "immutable" in response.headers["Cache-Control"]
            etag = response.headers["ETag"]
        async with session.get(url, headers={"Range": "bytes=100-199"}) as response:
            assert (response.status, await response.read()) == (206, whole[100:200])
            assert response.headers["Content-Range"] == f"bytes 100-199/{file.length}"
        async with session.get(url, headers={"Range": f"bytes={file.length}-"}) as response:
            assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{file.length}")
        async with session.get(url, headers={"If-None-Match": etag}) as response:
            assert response.status == 304
        async with session.get(url, headers={"Range": "bytes=1-2", "If-Range": '"other"'}) as response:
            assert (response.status, await response.read()) == (200, whole)


async def test_versions_and_numbers(house: House) -> None:
    root = f"http://127.0.0.1:{house.port}"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{root}/versions") as response:
            assert await response.json() == {"versions": [1], "projects": [house.service.manifest.project]}
        async with session.get(f"{root}/metrics") as response:
            text = await response.text()
            assert 'lightwork_requests_total{route="versions",status="200"} 1.0' in text
            assert "lightwork_accounts 0.0" in text
        async with session.get(f"{root}/metrics", headers={"X-Forwarded-For": "192.0.2.1"}) as response:
            assert response.status == 404


async def test_a_client_that_drips_does_not_hold_up_others(tmp_path: Path) -> None:
    await make_project(tmp_path / "project")
    async with open_house(tmp_path / "project", GuardLimits(first_byte=0.2, head=0.2, sweep=0.05)) as house:
        silent = await asyncio.open_connection("127.0.0.1", house.port)
        dripping = await asyncio.open_connection("127.0.0.1", house.port)
        dripping[1].write(b"GET /versions HT")
        async with house.client() as client:
            await client.join()
        for reader, writer in (silent, dripping):
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()


# --- the host misbehaves ----------------------------------------------------------------------------------------------


def unsure(port: int) -> ProjectClient:
    return ProjectClient(JoinLink("127.0.0.1", port, PROJECT), VOLUNTEER, count=nothing, timeout=2.0)


def json(message: object) -> bytes:
    return answer(msgspec.json.encode(message))


GOOD = signed(manifest())
FORGED = signed(manifest(), HOST)
OTHER_BODY = msgspec.json.encode(manifest(name="X"))
BAD_MANIFESTS: list[tuple[str, Any, Trouble]] = [
    ("changed", msgspec.structs.replace(GOOD, body=OTHER_BODY), Trouble.MANIFEST_TAMPERED),
    ("another key", FORGED, Trouble.MANIFEST_TAMPERED),
    ("another key posing", msgspec.structs.replace(FORGED, key=GOOD.key), Trouble.MANIFEST_TAMPERED),
    ("another kind", sign(Kind.RECEIPT, manifest(), TEAM), Trouble.MANIFEST_TAMPERED),
    ("another project", signed(manifest(project="a" * 32)), Trouble.MANIFEST_TAMPERED),
    ("older", signed(manifest(serial=2)), Trouble.MANIFEST_OLDER),
    ("expired", signed(manifest(expires=int(time.time()) - 10)), Trouble.MANIFEST_EXPIRED),
    ("newer", signed(manifest(protocol=2)), Trouble.HOST_NEWER),
    ("no document", {"body": 5}, Trouble.HOST_CONFUSED),
]


@pytest.mark.parametrize(("name", "document", "trouble"), BAD_MANIFESTS, ids=[bad[0] for bad in BAD_MANIFESTS])
async def test_a_bad_manifest_is_not_believed(name: str, document: Any, trouble: Trouble) -> None:
    async with tiny_host({"/manifest": json(document)}) as (port, _), unsure(port) as client:
        assert await trouble_of(client.manifest(oldest_serial=3)) is trouble


async def test_a_good_manifest_is_believed_again() -> None:
    async with tiny_host({"/manifest": json(signed(manifest()))}) as (port, heads), unsure(port) as client:
        assert await client.manifest(oldest_serial=3) == manifest()
        assert b"accept-encoding: identity" in heads[0].lower()


FILE = FileRef(path="data/0.bin", length=1000, sha256=hashlib.sha256(bytes(1000)).hexdigest())
OUTSIDE = FileRef(path="../x", length=1, sha256="a" * 64)
PLAN = RoundPlan(up=Scheme())
UPDATE = Update(project=PROJECT, base=4, file=FILE, digest="e" * 64, contributions=2, tokens=7, plan=PLAN)


@pytest.mark.parametrize(
    ("document", "trouble"),
    [
        (sign(Kind.UPDATE, UPDATE, TEAM), Trouble.DOCUMENT_TAMPERED),
        (sign(Kind.CHECKPOINT, UPDATE, HOST), Trouble.DOCUMENT_TAMPERED),
        (sign(Kind.UPDATE, msgspec.structs.replace(UPDATE, project="a" * 32), HOST), Trouble.DOCUMENT_TAMPERED),
        (sign(Kind.UPDATE, msgspec.structs.replace(UPDATE, base=5), HOST), Trouble.HOST_CONFUSED),
        (
            sign(Kind.UPDATE, msgspec.structs.replace(UPDATE, file=OUTSIDE), HOST),
            Trouble.FILE_PATH,
        ),
    ],
    ids=["key", "kind", "project", "base", "path"],
)
async def test_a_bad_update_is_not_believed(document: Any, trouble: Trouble) -> None:
    async with tiny_host({"/updates/4": json(document)}) as (port, _), unsure(port) as client:
        assert await trouble_of(client.update(manifest(), 4)) is trouble


async def test_a_checkpoint_with_a_path_that_leads_out_is_refused() -> None:
    files = (FileRef(path="weights/../../x", length=1, sha256="a" * 64),)
    checkpoint = Checkpoint(project=PROJECT, version=4, files=files, digest="e" * 64, plan=PLAN)
    answers = {"/checkpoint": json(sign(Kind.CHECKPOINT, checkpoint, HOST))}
    async with tiny_host(answers) as (port, _), unsure(port) as client:
        assert await trouble_of(client.checkpoint(manifest())) is Trouble.FILE_PATH


def receipt(**changes: Any) -> Receipt:
    good = Receipt(
        project=PROJECT,
        account=VOLUNTEER.public_key().public_bytes_raw().hex(),
        number=1,
        contribution="c" * 64,
        round=0,
        steps=1,
        tokens=1,
        parameters=1,
        operations=6,
        verdict=Verdict.VERIFIED,
        issued=1,
    )
    return msgspec.structs.replace(good, **changes)


@pytest.mark.parametrize(
    ("found", "key", "trouble"),
    [
        (receipt(), TEAM, Trouble.DOCUMENT_TAMPERED),
        (receipt(project="a" * 32), HOST, Trouble.DOCUMENT_TAMPERED),
        (receipt(account="a" * 64), HOST, Trouble.HOST_CONFUSED),
        (receipt(number=2), HOST, Trouble.HOST_CONFUSED),
    ],
    ids=["key", "project", "account", "gap"],
)
async def test_a_receipt_for_something_else_is_not_taken(found: Receipt, key: Any, trouble: Trouble) -> None:
    answers = {"/receipts": json([sign(Kind.RECEIPT, found, key)])}
    async with tiny_host(answers) as (port, _), unsure(port) as client:
        assert await trouble_of(client.receipts(manifest(), 0)) is trouble


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        (answer(b"{}"), Trouble.HOST_CONFUSED),
        (answer(b"<html>"), Trouble.HOST_CONFUSED),
        (answer(b"x" * (limits.DOCUMENT_BYTES + 1)), Trouble.HOST_CONFUSED),
        (answer(gzip.compress(b"{}"), "200 OK", "Content-Encoding: gzip"), Trouble.HOST_CONFUSED),
        (answer(b"", "302 Found", "Location: http://127.0.0.1:1/"), Trouble.HOST_CONFUSED),
        (answer(b'{"refusal":"because"}', "400 Bad Request"), Trouble.HOST_CONFUSED),
        (answer(b"nothing", "404 Not Found"), Trouble.HOST_CONFUSED),
        (answer(b'{"refusal":"busy"}', "503 Service Unavailable"), Trouble.HOST_UNREACHABLE),
        (answer(b"", "502 Bad Gateway"), Trouble.HOST_UNREACHABLE),
        (answer(b"{", length=100), Trouble.HOST_UNREACHABLE),
        (b"", Trouble.HOST_UNREACHABLE),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Trouble.HOST_UNREACHABLE),
        (answer(b'{"refusal":"banned"}', "403 Forbidden"), Trouble.REFUSED),
        (answer(b'{"refusal":"protocol_unsupported"}', "400 Bad Request"), Trouble.HOST_NEWER),
    ],
)
async def test_answers_that_make_no_sense(text: bytes, trouble: Trouble) -> None:
    async with tiny_host({"/checkpoint": text}) as (port, _), unsure(port) as client:
        assert await trouble_of(client.checkpoint(manifest())) is trouble


async def test_a_host_that_speaks_newer_versions_only_is_named() -> None:
    for versions, trouble in (
        ([2, 3], Trouble.HOST_NEWER),
        ([1, 2], Trouble.HOST_CONFUSED),
        ([], Trouble.HOST_CONFUSED),
    ):
        answers = {"/versions": json({"versions": versions, "projects": []})}
        async with tiny_host(answers) as (port, _), unsure(port) as client:
            assert await trouble_of(client.manifest()) is trouble


async def test_no_host_at_all_and_a_silent_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with unsure(taken.getsockname()[1]) as client:
            assert await trouble_of(client.manifest()) is Trouble.HOST_UNREACHABLE
        taken.listen()
        link = JoinLink("127.0.0.1", taken.getsockname()[1], PROJECT)
        async with ProjectClient(link, VOLUNTEER, count=nothing, timeout=0.2) as client:
            assert await trouble_of(client.manifest()) is Trouble.HOST_UNREACHABLE


async def test_endless_data_is_cut_off_and_deleted(tmp_path: Path) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    name = f"/files/{FILE.sha256}"
    async with tiny_host({name: head, "/manifest": head}, endless=bytes(4096)) as (port, _), unsure(port) as client:
        assert await trouble_of(client.download(FILE, tmp_path / "file")) is Trouble.FILE_DIGEST
        assert await trouble_of(client.manifest()) is Trouble.HOST_CONFUSED
    assert not list(tmp_path.glob("file*"))


@pytest.mark.parametrize("body", [b"x" * 1000, b"", bytes(999)], ids=["another", "empty", "shorter"])
async def test_a_file_that_is_not_the_signed_one_is_deleted(tmp_path: Path, body: bytes) -> None:
    async with tiny_host({f"/files/{FILE.sha256}": answer(body)}) as (port, _), unsure(port) as client:
        assert await trouble_of(client.download(FILE, tmp_path / "file")) is Trouble.FILE_DIGEST
    assert not list(tmp_path.glob("file*"))


async def test_a_file_cut_short_is_kept_for_the_next_attempt(tmp_path: Path) -> None:
    answers = {f"/files/{FILE.sha256}": answer(bytes(600), length=1000)}
    async with tiny_host(answers) as (port, heads), unsure(port) as client:
        assert await trouble_of(client.download(FILE, tmp_path / "file")) is Trouble.HOST_UNREACHABLE
        assert (tmp_path / "file.part").stat().st_size == 600
        rest = answer(bytes(400), "206 Partial Content", "Content-Range: bytes 600-999/1000")
        answers[f"/files/{FILE.sha256}"] = rest
        await client.download(FILE, tmp_path / "file")
        assert b"range: bytes=600-" in heads[-1].lower()
        before = len(heads)
        await client.download(FILE, tmp_path / "file")  # it is there
        assert len(heads) == before
    assert (tmp_path / "file").read_bytes() == bytes(1000)


async def test_a_file_that_leads_out_is_not_even_asked_for(tmp_path: Path) -> None:
    async with tiny_host({}) as (port, heads), unsure(port) as client:
        out = FileRef(path="../file", length=1, sha256="a" * 64)
        assert await trouble_of(client.download(out, tmp_path / "file")) is Trouble.FILE_PATH
        assert heads == []


# --- serving ----------------------------------------------------------------------------------------------------------


async def served(folder: Path, port: int | None, use: Callable[[str], Any]) -> None:
    """Serve until `use` has had the link."""
    links: asyncio.Queue[str] = asyncio.Queue()
    serving = asyncio.create_task(serve(folder, port=port, announce=links.put_nowait, end_with_stdin=False))
    first = asyncio.create_task(links.get())
    await asyncio.wait([serving, first], return_when=asyncio.FIRST_COMPLETED)
    if first.done():
        await use(first.result())
    first.cancel()
    serving.cancel()
    await serving


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    await make_project(tmp_path / "project")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LightworkError) as caught:
            await served(tmp_path / "project", port, lambda link: None)
    assert caught.value.trouble is Trouble.PORT_IN_USE
    assert str(port) in caught.value.detail


async def test_a_served_project_can_be_joined_and_its_folder_is_free_afterwards(tmp_path: Path) -> None:
    await make_project(tmp_path / "project", settings=HostSettings(evaluation=False, port=0))

    async def use(link: str) -> None:
        async with ProjectClient(parse_link(link), VOLUNTEER, count=nothing) as client:
            await client.manifest()
            await client.join()

    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await served(tmp_path / "project", None, use)
