"""A trainer that only measures, without torch: the loss of weights is the mean of their squares.

`python measuring_trainer.py NOTES [BEHAVIOUR]`. It writes a line into NOTES for each start and each version that it
measures. BEHAVIOUR: `dies` (the first two runs end in the middle of a measurement), `missing` (there is no runtime),
`fails` (the first measurement is refused).
"""

import sys
from pathlib import Path

import numpy as np

from lightwork.codec.weights import layout_of, read_weights, weights_digest
from lightwork.domain.errors import Trouble
from lightwork.protocol import trainer as wire


def main() -> None:
    notes, behaviour = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""

    def note(text: str) -> int:
        with notes.open("a") as file:
            file.write(text + "\n")
        return notes.read_text().count(text)

    def send(event: wire.FromTrainer) -> None:
        sys.stdout.buffer.write(wire.encode(event))
        sys.stdout.buffer.flush()

    starts = note("start")
    weights, version = np.empty(0, np.float32), -1
    for line in sys.stdin.buffer:
        match wire.decode_to_trainer(line):
            case wire.Configure() as command if behaviour == "missing":
                send(wire.Failed(trouble=Trouble.RUNTIME_MISSING, detail="no torch", fatal=True))
                return
            case wire.Configure() as command:
                assert not list(Path(command.folder).iterdir())
                send(
                    wire.Started(
                        version=1,
                        device=command.device,
                        runtime="none",
                        parameters=command.model.parameters,
                        micro_batch=1,
                        has_weights=False,
                    )
                )
            case wire.Load(version=version, files=files, digest=digest):
                paths = [Path(file) for file in files]
                weights = read_weights(paths, layout_of(paths))
                assert weights_digest(weights) == digest
                send(wire.Ready(base=version, digest=digest, steps=0, tokens=0, unsent_steps=0))
            case wire.Evaluate(files=files):
                if behaviour == "dies" and starts < 3:
                    sys.exit(9)
                if note(f"measure {version}") == 1 and behaviour == "fails":
                    send(wire.Failed(trouble=Trouble.OUT_OF_MEMORY, detail="", fatal=False))
                    continue
                tokens = sum(Path(file).stat().st_size for file in files)
                send(wire.Evaluated(base=version, loss=float(np.square(weights).mean()), tokens=tokens))
            case wire.Stop():
                send(wire.Stopped(steps=0))
                return


main()
