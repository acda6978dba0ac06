"""A trainer that is only measured, without torch: `python checked_trainer.py NOTES [BEHAVIOUR]`.

It writes into NOTES what it is told: a line for each start, device and measurement. BEHAVIOUR: `missing` (there is no
runtime), `lost` (only the processor can be used), `small` (the model does not fit), `full` (the first step finds no
room), `dies` (in the first measurement), `hangs` (in the second, until it is stopped), `deaf` (and not even then).
"""

import sys
import time
from pathlib import Path

from lightwork.domain.errors import Trouble
from lightwork.protocol import trainer as wire

TOKENS, SECONDS = 4_000, 2.0


def send(event: wire.FromTrainer) -> None:
    sys.stdout.buffer.write(wire.encode(event))
    sys.stdout.buffer.flush()


def fail(trouble: Trouble) -> None:
    send(wire.Failed(trouble=trouble, detail="as told", fatal=True))
    sys.exit(1)


def configure(command: wire.Configure, behaviour: str) -> None:
    if behaviour == "missing":
        fail(Trouble.RUNTIME_MISSING)
    if behaviour == "lost" and command.device != "cpu":
        fail(Trouble.DEVICE_LOST)
    if behaviour == "small":
        fail(Trouble.DEVICE_TOO_SMALL)
    send(
        wire.Started(
            version=1,
            device=command.device,
            runtime="torch 0.1, Python 3",
            parameters=command.model.parameters,
            micro_batch=1,
            has_weights=False,
        )
    )


def measure(command: wire.Measure, behaviour: str) -> None:
    if behaviour == "full":
        fail(Trouble.DEVICE_TOO_SMALL)
    if behaviour == "dies":
        sys.exit(9)
    if behaviour == "deaf" and command.seconds:
        time.sleep(600)
    if behaviour == "hangs" and command.seconds:
        return
    send(wire.Measured(tokens=TOKENS, seconds=SECONDS, memory=1 << 20, micro_batch=1))


def main() -> None:
    notes, behaviour = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""

    def note(text: str) -> None:
        with notes.open("a") as file:
            file.write(text + "\n")

    note("start")
    sys.stderr.write("a word for the log\n")
    for line in sys.stdin.buffer:
        match wire.decode_to_trainer(line):
            case wire.Configure() as command:
                Path(command.folder).mkdir(parents=True)
                note(f"{command.device} {command.memory} {command.model.parameters}")
                configure(command, behaviour)
            case wire.Measure() as command:
                note(f"measure {command.seconds:g}")
                measure(command, behaviour)
            case wire.Stop():
                send(wire.Stopped(steps=None))
                return


def command(notes: Path, behaviour: str = "") -> list[str]:
    """How to start it, wherever the packages are found from."""
    start = f"import sys, runpy; sys.path[:] = {sys.path!r}; runpy.run_path({__file__!r}, run_name='__main__')"
    return [sys.executable, "-c", start, str(notes), behaviour]


if __name__ == "__main__":
    main()
