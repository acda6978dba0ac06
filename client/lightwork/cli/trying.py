"""`lightwork try`: what the model goes on with, as it comes."""

import sys

import msgspec

from lightwork.cli.door import NodeDoor
from lightwork.protocol import control as wire
from lightwork.settings.places import Places


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What `try --json` prints."""

    text: str
    version: int
    tokens: int
    seconds: float
    cancelled: bool


def try_out(places: Places, prompt: str, *, tokens: int, temperature: float, as_json: bool) -> None:
    """Ask the running node, and print. Raises what the node answers; what was said until then is printed.

    A node that does not run has no model, so none is started.
    """
    pieces: list[str] = []

    def heard(message: wire.FromNode) -> None:
        if isinstance(message, wire.Said):
            pieces.append(message.text)
            if not as_json:
                sys.stdout.write(_shown(message.text))
                sys.stdout.flush()

    try:
        with NodeDoor.open(places) as door:
            reply = door.ask(wire.Try, heard=heard, prompt=prompt, tokens=tokens, temperature=temperature)
    finally:
        if pieces and not as_json:
            sys.stdout.write("\n")
    end = reply.sample
    if as_json and end is not None:
        sample = Sample(
            text="".join(pieces),
            version=end.version,
            tokens=end.tokens,
            seconds=end.seconds,
            cancelled=end.cancelled,
        )
        sys.stdout.write(msgspec.json.encode(sample).decode() + "\n")


def _shown(text: str) -> str:
    """In the terminal's encoding, without what could move its cursor or turn its direction; lines and tabs stay."""
    harmless = "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)
    encoding = sys.stdout.encoding or "utf-8"
    return harmless.encode(encoding, "replace").decode(encoding)
