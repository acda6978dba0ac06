"""Lightwork's host for the project in a folder. Ends with stdin."""

import asyncio
import sys
from pathlib import Path

from lightwork.host.serve import log_to_stderr, serve

if __name__ == "__main__":
    log_to_stderr()
    asyncio.run(serve(Path(sys.argv[1]), port=None, announce=lambda link: print(link, flush=True), end_with_stdin=True))
