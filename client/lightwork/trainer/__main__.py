"""`python -m lightwork.trainer`: started by a node or a host, never by a person."""

import os
import signal
import sys
import threading

from lightwork.domain.errors import Trouble
from lightwork.protocol.trainer import Failed
from lightwork.trainer.channel import Channel
from lightwork.trainer.log import log_traceback


def main() -> int:
    """Run until a stop, by command, signal or the end of stdin, ends the process with 0, or a fatal failure with 1.

    Returns 3 if there is no training runtime.
    """
    signals = _hold_back_termination()
    channel = Channel.over_standard_streams()
    if signals:
        threading.Thread(target=_stop_at, args=(signals, channel), name="signals", daemon=True).start()
    try:
        from lightwork.trainer.session import Session  # noqa: PLC0415  torch takes seconds; its absence is an answer
    except ImportError as error:
        channel.send(Failed(trouble=Trouble.RUNTIME_MISSING, detail=str(error), fatal=True))
        return 3
    return Session(channel).run()


def _hold_back_termination() -> set[signal.Signals]:
    """Keep SIGTERM for a thread that waits for it: a handler would wait for whatever the main thread computes.

    Every thread begun later inherits this. Windows has no such signal: it ends a process at once.
    """
    if sys.platform == "win32":
        return set()
    signals = {signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    return signals


def _stop_at(signals: set[signal.Signals], channel: Channel) -> None:
    if sys.platform != "win32":
        signal.sigwait(signals)
        channel.stop()


if __name__ == "__main__":
    status = 1
    try:
        status = main()
    except Exception:
        log_traceback()
    finally:
        # Not sys.exit: the thread that waits for commands holds stdin, and the interpreter aborts when it cannot close
        # it.
        os._exit(status)
