"""A trainer that only makes fresh weights, without torch: `python initialising_trainer.py [BEHAVIOUR]`.

BEHAVIOUR: `missing` (there is no runtime), `dies`, `chats` (says other things first).
"""

import sys
from pathlib import Path

import numpy as np

from lightwork.codec.weights import write_weights
from lightwork.domain.errors import Trouble
from lightwork.domain.layout import Layout
from lightwork.protocol import trainer as wire


def send(event: wire.FromTrainer) -> None:
    sys.stdout.buffer.write(wire.encode(event))
    sys.stdout.buffer.flush()


def main() -> None:
    behaviour = sys.argv[1] if len(sys.argv) > 1 else ""
    size = 0
    for line in sys.stdin.buffer:
        match wire.decode_to_trainer(line):
            case wire.Configure() as command:
                size = command.model.parameters
                assert Path(command.folder).is_dir()
                if behaviour == "missing":
                    send(wire.Failed(trouble=Trouble.RUNTIME_MISSING, detail="no torch", fatal=True))
                    return
                if behaviour == "chats":
                    send(
                        wire.Started(
                            version=1, device="cpu", runtime="none", parameters=size, micro_batch=1, has_weights=False
                        )
                    )
            case wire.Initialise(file=file, seed=seed):
                if behaviour == "dies":
                    return
                weights = np.random.default_rng(seed).normal(0, 0.02, size).astype(np.float32)
                write_weights(Path(file), weights, Layout((("all", (size,)),)))
                send(wire.Initialised(file=file))
            case wire.Stop():
                send(wire.Stopped(steps=0))
                return


def command(*behaviour: str) -> list[str]:
    """How to start it, wherever the packages are found from."""
    start = f"import sys, runpy; sys.path[:] = {sys.path!r}; runpy.run_path({__file__!r}, run_name='__main__')"
    return [sys.executable, "-c", start, *behaviour]


if __name__ == "__main__":
    main()
