"""torchft's lighthouse: it tells the replicas who is there. Ends with stdin. Times are those of its README."""

import sys

from torchft.coordination import LighthouseServer
from with_torchft import LIGHTHOUSE_PORT

if __name__ == "__main__":
    server = LighthouseServer(
        bind=f"[::]:{LIGHTHOUSE_PORT}", min_replicas=1, quorum_tick_ms=100, join_timeout_ms=10_000
    )
    print(server.address(), flush=True)
    sys.stdin.read()
