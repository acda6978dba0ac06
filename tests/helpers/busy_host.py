"""A host with three volunteers that contribute as fast as they can, until it is killed.

`python busy_host.py PROJECT LOG NUMBER` prints "open", and appends a line to LOG for each acknowledged contribution:
account's name, digest, tokens, phase. The clock of run NUMBER is hours behind the one of the next run, so that leases
that a killed run has forgotten expire.
"""

import asyncio
import os
import random
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from helpers.tiny_project import START, Tiny, announcement, payload_of
from lightwork.host.service import Service
from lightwork.protocol.project import UploadPhase
from lightwork.protocol.refusals import Refusal, RefusedError
from lightwork.protocol.requests import SignedBy


async def volunteer(service: Service, name: str, log: int) -> None:
    me = await Tiny(service, name).join()
    chance = random.Random()
    while True:
        await service.admit(SignedBy(account=me.account, nonce=secrets.token_hex(16), created=int(START)))
        lease = await me.lease()
        payload = payload_of(secrets.randbits(60))
        tokens, chunk = chance.randint(1, lease.max_tokens), chance.choice([70, 10_000])
        while True:
            state = await service.state(None, 0)
            message = announcement(payload, state.round.version, (lease.id, tokens))
            try:
                answer = await me.send(message, payload, chunk)
            except RefusedError as error:
                if error.refusal not in {Refusal.ROUND_CLOSED, Refusal.ROUND_COUNTED}:
                    raise
                await service.state(state.revision, 0.2)
                continue
            break
        assert answer.phase is UploadPhase.PENDING
        os.write(log, f"{name} {answer.digest} {tokens} {answer.phase}\n".encode())


async def main() -> None:
    root, log, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    begin = time.monotonic()
    service = await Service.open(root, clock=lambda: START + 5000 * number + time.monotonic() - begin)
    descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    print("open", flush=True)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run())
        for name in ("ann", "bob", "cid"):
            tasks.create_task(volunteer(service, name, descriptor))


asyncio.run(main())
