"""`python -m lightwork.trainer`: started by a node or a host, never by a person."""

import os
import sys

from lightwork.domain.errors import Trouble
from lightwork.protocol.trainer import Failed
from lightwork.trainer.channel import Channel


def main() -> int:
    """Run until told to stop, or until stdin ends. 0: stopped as asked, 1: failed, 3: no training runtime."""
    channel = Channel.over_standard_streams()
    try:
        from lightwork.trainer.session import Session  # noqa: PLC0415  torch takes seconds; its absence is an answer
    except ImportError as error:
        channel.send(Failed(trouble=Trouble.RUNTIME_MISSING, detail=str(error), fatal=True))
        return 3
    return Session(channel).run()


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    # Not sys.exit: the thread that waits for commands holds stdin, and the interpreter aborts when it cannot close it.
    os._exit(status)
