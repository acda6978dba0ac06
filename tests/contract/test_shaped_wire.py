"""Limits and allowances on the project wire: real transfers between the client and a real host on the loopback.

How fast a busy computer is does not matter here: what is stated of time are upper bounds on bytes.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helpers.documents import PROJECT, VOLUNTEER
from helpers.tiny_host import answer, tiny_host
from helpers.wide_project import WideHost, wide_host
from lightwork.domain.allowance import stops_at
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import transport
from lightwork.protocol.bucket import LATE_SECONDS
from lightwork.protocol.client import ProjectClient
from lightwork.protocol.links import JoinLink
from lightwork.protocol.manifest import FileRef
from lightwork.protocol.project import UploadPhase
from lightwork.protocol.shaping import Shaper

KB = 1000
# What a direction may be ahead for a moment: what is received and not read yet, and one more piece.
AHEAD = 100 * KB


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[WideHost]:
    async with wide_host(tmp_path / "host", width=128, layers=2) as found:
        yield found


@dataclass
class Line:
    """What passed, and when, in both directions."""

    shaper: Shaper = field(default_factory=Shaper)
    marks: list[tuple[float, int, int]] = field(default_factory=lambda: [(time.monotonic(), 0, 0)])

    def count(self, sent: int, received: int) -> None:
        _, before_sent, before_received = self.marks[-1]
        self.marks.append((time.monotonic(), before_sent + sent, before_received + received))

    @property
    def sent(self) -> int:
        return self.marks[-1][1]

    @property
    def received(self) -> int:
        return self.marks[-1][2]

    @property
    def both(self) -> int:
        return self.sent + self.received

    def check(self, direction: int, rate: float, since: int = 0) -> None:
        """No stretch of time had more than its due."""
        marks = self.marks[since:]
        lowest = marks[0][direction] - rate * marks[0][0]
        for mark in marks:  # the largest rise above the rate from any instant to a later one
            level = mark[direction] - rate * mark[0]
            lowest = min(lowest, level)
            assert level - lowest <= rate * LATE_SECONDS + AHEAD


async def still(task: asyncio.Task[object], line: Line) -> None:
    """Wait until nothing passes any more although the task has not ended."""
    async with asyncio.timeout(60):
        before = -1
        while before != line.both:
            before = line.both
            await asyncio.sleep(0.3)
    assert not task.done()


async def within(seconds: float, work: Awaitable[object]) -> None:
    async with asyncio.timeout(seconds):
        await work


# --- limits -----------------------------------------------------------------------------------------------------------


async def test_downloads_of_all_connections_share_one_limit(host: WideHost, tmp_path: Path) -> None:
    line, rate = Line(), 600 * KB
    line.shaper.limit(up=0, down=rate)
    async with (
        host.client(line.count, shaper=line.shaper) as one,
        host.client(line.count, shaper=line.shaper) as other,
    ):
        file = (await host.checkpoint(one)).files[0]
        loads = [asyncio.create_task(client.download(file, tmp_path / str(n))) for n, client in enumerate((one, other))]
        await asyncio.sleep(2.0)
        for load in loads:
            load.cancel()
        await asyncio.wait(loads)
    line.check(2, rate)
    assert all((tmp_path / f"{n}.part").stat().st_size > 0 for n in range(2)), "both got on"


async def test_uploads_of_all_connections_share_one_limit_and_arrive(host: WideHost) -> None:
    line, rate = Line(), 200 * KB
    line.shaper.limit(up=rate, down=0)
    async with (
        host.client(line.count, shaper=line.shaper) as one,
        host.client(line.count, shaper=line.shaper) as other,
    ):
        ready = [(client, *await host.contribution(client)) for client in (one, other)]
        states = await asyncio.gather(*(client.upload(message, file) for client, message, file in ready))
    assert [state.phase for state in states] == [UploadPhase.PENDING] * 2
    line.check(1, rate)


async def test_another_limit_holds_within_one_request(host: WideHost, tmp_path: Path) -> None:
    line = Line()
    line.shaper.limit(up=0, down=20 * KB)  # minutes
    async with host.client(line.count, shaper=line.shaper) as client:
        file = (await host.checkpoint(client)).files[0]
        load = asyncio.create_task(client.download(file, tmp_path / "file"))
        await asyncio.sleep(1.0)
        line.check(2, 20 * KB)
        line.shaper.limit(up=0, down=400 * KB)
        faster = len(line.marks)
        await asyncio.sleep(1.0)
        line.check(2, 400 * KB, faster)
        assert line.received < file.length
        line.shaper.limit(up=0, down=0)
        await within(60, load)
    assert hashlib.sha256((tmp_path / "file").read_bytes()).hexdigest() == file.sha256


async def test_requests_do_not_wait_behind_an_upload(host: WideHost) -> None:
    line = Line()
    line.shaper.limit(up=5 * KB, down=5 * KB)
    async with host.client(line.count, shaper=line.shaper) as client:
        message, file = await host.contribution(client)
        upload = asyncio.create_task(client.upload(message, file))
        await asyncio.sleep(0.5)
        for _ in range(5):
            await within(20, client.state())
        assert not upload.done()
        upload.cancel()
        await asyncio.wait([upload])


async def test_who_waits_for_a_turn_is_not_late(host: WideHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_SLOWEST_UPLOAD", 1e12)  # no time for the body itself
    line = Line()
    line.shaper.limit(up=50 * KB, down=0)
    async with host.client(line.count, shaper=line.shaper, timeout=1.0, chunk_bytes=150 * KB) as client:
        message, file = await host.contribution(client)
        assert message.length > 200 * KB
        upload = asyncio.create_task(client.upload(message, file))
        await asyncio.sleep(0.3)
        line.shaper.allow(transfers=0, requests=10**9)
        await asyncio.sleep(1.5)  # for one turn alone it waits longer than a request may take
        assert not upload.done()
        line.shaper.allow(transfers=10**9, requests=10**9)
        assert (await upload).phase is UploadPhase.PENDING


# --- allowances -------------------------------------------------------------------------------------------------------


async def test_a_download_stops_at_its_allowance_and_goes_on_where_it_was(tmp_path: Path) -> None:
    line, cap = Line(), 10_000 * KB
    line.shaper.allow(transfers=stops_at(cap), requests=cap)
    async with wide_host(tmp_path / "host", width=384, layers=2) as host:
        async with host.client(line.count, shaper=line.shaper) as client:
            file = (await host.checkpoint(client)).files[0]
            assert file.length > 1.4 * cap
            load = asyncio.create_task(client.download(file, tmp_path / "file"))
            await still(load, line)
            load.cancel()
            await asyncio.wait([load])
        assert 0.99 * cap <= line.both <= cap
        line.shaper.allow(transfers=file.length, requests=file.length)
        async with host.client(line.count, shaper=line.shaper) as client:
            await client.download(file, tmp_path / "file")
    assert hashlib.sha256((tmp_path / "file").read_bytes()).hexdigest() == file.sha256
    assert line.both < file.length + 0.04 * cap, "only what was read, and not yet written, came twice"


async def test_a_host_is_asked_for_no_more_than_may_come(tmp_path: Path) -> None:
    line, content = Line(), bytes(range(250)) * 400
    file = FileRef(path="data/0.bin", length=len(content), sha256=hashlib.sha256(content).hexdigest())
    line.shaper.allow(transfers=20_000, requests=30_000)
    path = f"/files/{file.sha256}"
    answers = {path: answer(content[:20_000], "206 Partial Content", "Content-Range: bytes 0-19999/100000")}
    async with tiny_host(answers) as (port, heads):
        link = JoinLink("127.0.0.1", port, PROJECT)
        async with ProjectClient(link, VOLUNTEER, count=line.count, shaper=line.shaper) as client:
            load = asyncio.create_task(client.download(file, tmp_path / "file"))
            await still(load, line)
            assert len(heads) == 1
            assert b"range: bytes=0-19999\r\n" in heads[0].lower()
            rest = "Content-Range: bytes 20000-99999/100000"
            answers[path] = answer(content[20_000:], "206 Partial Content", rest)
            line.shaper.allow(transfers=10**9, requests=10**9)
            await within(60, load)
            assert b"range: bytes=20000-\r\n" in heads[1].lower()
    assert (tmp_path / "file").read_bytes() == content


async def test_an_upload_stops_at_its_allowance_and_goes_on_where_it_was(host: WideHost) -> None:
    line, chunk = Line(), 16 << 10
    async with host.client(line.count, shaper=line.shaper, chunk_bytes=chunk) as client:
        message, file = await host.contribution(client)
        cap, began = message.length // 2, line.both
        line.shaper.allow(transfers=stops_at(cap), requests=cap)
        upload = asyncio.create_task(client.upload(message, file))
        await still(upload, line)
        upload.cancel()
        await asyncio.wait([upload])
        used = line.both - began
        assert 0.99 * cap <= used <= 1.01 * cap
        line.shaper.allow(transfers=10 * cap, requests=10 * cap)
        told: list[int] = []
        assert (await client.upload(message, file, told.append)).phase is UploadPhase.PENDING
        assert told[0] > 0.8 * cap


async def test_an_allowance_that_grows_lets_waiting_transfers_go_on(host: WideHost, tmp_path: Path) -> None:
    line = Line()
    line.shaper.allow(transfers=300 * KB, requests=400 * KB)
    async with host.client(line.count, shaper=line.shaper) as client:
        file = (await host.checkpoint(client)).files[0]
        load = asyncio.create_task(client.download(file, tmp_path / "file"))
        await still(load, line)
        line.shaper.allow(transfers=10**9, requests=10**9)
        await within(60, load)


async def test_an_allowance_that_others_use_up_stops_a_download_on_its_way(host: WideHost, tmp_path: Path) -> None:
    line = Line()
    line.shaper.limit(up=0, down=500 * KB)
    async with host.client(line.count, shaper=line.shaper) as client:
        file = (await host.checkpoint(client)).files[0]
        load = asyncio.create_task(client.download(file, tmp_path / "file"))
        await asyncio.sleep(0.5)
        assert not load.done()
        line.shaper.allow(transfers=0, requests=10**9)
        await still(load, line)
        line.shaper.allow(transfers=10**9, requests=10**9)
        line.shaper.limit(up=0, down=0)
        await within(60, load)


async def test_nothing_is_asked_any_more_when_all_is_used(host: WideHost) -> None:
    line = Line()
    async with host.client(line.count, shaper=line.shaper) as client:
        await client.manifest()
        before = line.both
        line.shaper.allow(transfers=-1, requests=0)
        with pytest.raises(LightworkError) as caught:
            await client.state()
        assert caught.value.trouble is Trouble.ALLOWANCE_USED
        assert line.both == before
