"""`python -m lightwork.node`: started by the window or the command line; one for each home folder.

Exit status: 0 quit as asked; 3 another node runs; 4 a mistake in the settings; 5 another trouble. Troubles are printed
to stderr as a sentence.
"""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import time
from contextlib import suppress

from filelock import FileLock, Timeout

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.sentences import trouble_sentence
from lightwork.history.ledger import Ledger
from lightwork.identity.store import load_or_create
from lightwork.node.boot import boot_id
from lightwork.node.events import Quit
from lightwork.node.intent import Memory
from lightwork.node.logs import log_to
from lightwork.node.run import Node
from lightwork.protocol.control import write_failure
from lightwork.protocol.traffic import new_event_loop
from lightwork.settings import store as settings_store
from lightwork.settings.places import Places, places

_STATUS = {Trouble.NODE_RUNNING: 3, Trouble.SETTINGS_INVALID: 4}

log = logging.getLogger("lightwork.node")


def main() -> int:
    """Run a node in this process."""
    parser = argparse.ArgumentParser(prog="lightwork node", description="The volunteer's background process.")
    parser.add_argument("--end-with-stdin", action="store_true", help="quit when stdin ends, as its starter does")
    arguments = parser.parse_args()
    home = places()
    lock = FileLock(home.lock)
    try:
        home.home.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        return _fail(LightworkError(Trouble.NODE_RUNNING, str(home.home)))
    except OSError as error:
        return _fail(LightworkError(Trouble.DISK_FULL, str(error)))
    try:
        log_to(home.logs / "node.log")
        log.info("node begins", extra={"pid": os.getpid()})
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_run(home, end_with_stdin=arguments.end_with_stdin))
    except LightworkError as error:
        log.error("node ends: %s", error)
        write_failure(home.door, error.trouble, time.time())
        return _fail(error)
    except Exception:
        log.exception("node ends by a fault")
        write_failure(home.door, Trouble.INTERNAL, time.time())
        return _fail(LightworkError(Trouble.INTERNAL, str(home.logs)))
    finally:
        lock.release()
    log.info("node ends")
    return 0


async def _run(home: Places, *, end_with_stdin: bool) -> None:
    settings = settings_store.load(home.settings)
    identity = await asyncio.to_thread(load_or_create, home.home)
    # A command's own node is there for that command: what a person wants of the program is not its business.
    memory = None if end_with_stdin else Memory(home.intent, boot_id())
    node = Node(home, settings, identity, Ledger.open(home.ledger), memory)
    loop = asyncio.get_running_loop()

    def quit_node(by_person: bool = True) -> None:
        node.emit(Quit(by_person))

    # SIGTERM is the system's word when a session or the computer ends, SIGINT a person's.
    for name, by_person in (("SIGTERM", False), ("SIGINT", True)):
        # Windows has no handlers in its loop; there the control wire and stdin say when to end.
        with suppress(NotImplementedError):
            loop.add_signal_handler(getattr(signal, name), quit_node, by_person)
    if end_with_stdin:
        threading.Thread(target=_wait_for_end, args=(loop, quit_node), daemon=True).start()
    await node.run()


def _wait_for_end(loop: asyncio.AbstractEventLoop, quit_node: "object") -> None:
    while os.read(0, 1 << 10):  # not sys.stdin, whose lock the interpreter wants when it ends
        pass
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(quit_node)  # type: ignore[arg-type]


def _fail(error: LightworkError) -> int:
    print(trouble_sentence(error.trouble).text(), error.detail, file=sys.stderr)  # noqa: T201  it is for a person
    return _STATUS.get(error.trouble, 5)


if __name__ == "__main__":
    sys.exit(main())
