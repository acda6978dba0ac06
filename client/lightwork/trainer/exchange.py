"""What is exchanged with the project, beside the steps: packing, settling, merging, and the saving that belongs to it.

Reckoning is done one thing after another on one thread, writing checkpoints on a second, and the main thread only makes
copies and moves the module's weights onto a new base.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from lightwork.codec.weights import weights_digest
from lightwork.domain.errors import LightworkError, Trouble
from lightwork.domain.scheme import Scheme
from lightwork.protocol import trainer as wire
from lightwork.protocol.manifest import Recipe
from lightwork.trainer.aside import Aside, Finish
from lightwork.trainer.channel import Channel
from lightwork.trainer.room import Room
from lightwork.trainer.state import Copy, State
from lightwork.trainer.times import Times


class Exchange:
    """All methods are for the main thread, between two steps."""

    def __init__(self, channel: Channel, state: State, recipe: Recipe, times: Times) -> None:
        self._channel = channel
        self._state = state
        self._decay = recipe.residual_decay
        self.scheme = recipe.up  # of contributions to the present round
        self._times = times
        self._reckoning = Aside("reckoning", channel.wake)
        self._saving = Aside("saving", channel.wake)
        self._sealing = False
        self._urgent = threading.Event()  # a contribution waits for its save: others give way

    @property
    def busy(self) -> bool:
        """True while the state is about to change; then take steps, but begin nothing else with it."""
        return self._reckoning.busy

    @property
    def sealing(self) -> bool:
        """True while a contribution does not have its last step yet: those taken now must be under the old lease."""
        return self._sealing

    def collect(self) -> None:
        """Finish what is done. Raises what makes the trainer end."""
        self._saving.collect()
        self._reckoning.collect()

    def finish(self) -> None:
        """Wait for everything under way, and finish it. Raises as `collect`."""
        self._reckoning.finish()
        self._saving.finish()

    # --- updates ------------------------------------------------------------------------------------------------------

    def apply(self, command: wire.Apply) -> None:
        """Work out the next base; it is taken between two steps."""
        replica = self._state.replica.frozen()
        if command.base < replica.version:  # applied already; asking twice does no harm
            self._channel.send(wire.Updated(base=replica.version, digest=weights_digest(replica.base)))
            return
        if command.base > replica.version:
            raise LightworkError(Trouble.TRAINER_FAILED, f"update of {command.base} at version {replica.version}")

        def work() -> Finish | None:
            try:
                base = replica.next_base(Path(command.file).read_bytes(), command.digest)
            except LightworkError as error:  # nothing has changed; the supervisor sends other weights
                self._channel.send(wire.Failed(trouble=error.trouble, detail=error.detail, fatal=False))
                return None

            # Neither the residual nor what is on its way changes before this is finished.
            anchor = replica.anchor_on(base, self._state.on_its_way(command.base + 1))

            def merge() -> None:
                with self._times.on("merging"):
                    self._state.merge(base, command.base + 1, anchor)
                self._channel.send(wire.Updated(base=command.base + 1, digest=command.digest))

            return merge

        self._reckoning.begin(work)

    # --- contributions ------------------------------------------------------------------------------------------------

    def contribute(self, sealed: Callable[[], object]) -> None:
        """Pack the progress, or tell that there is none, or one packed already. `sealed` is called when the steps that
        it holds are chosen: those to come belong to the next contribution.
        """
        if not self._state.can_pack:
            self._channel.send(wire.Empty())
            return
        self._sealing = True
        self._urgent.set()
        make, scheme = self._state.room(), self.scheme

        def work() -> Finish:
            room = make()
            return lambda: seal(room)

        def seal(room: Room) -> None:
            with self._times.on("packing"):
                copy = self._state.copy(room)
            self._sealing = False
            sealed()
            self._reckoning.begin(lambda: self._pack(copy, scheme))

        self._reckoning.begin(work)

    def _pack(self, copy: Copy, scheme: Scheme) -> None:
        try:
            packed = self._state.pack(copy, scheme, self._decay)
        except LightworkError as error:
            if error.trouble is not Trouble.LOSS_NOT_FINITE:
                raise
            self._urgent.clear()
            self._channel.send(wire.Empty())  # the next step finds it out, too, and gives the progress up
            return
        self._tell_owed()
        self._saving.begin(lambda: self._announce(packed))

    def _announce(self, packed: Copy) -> None:
        self._urgent.clear()
        self._state.save_copy(packed)
        assert packed.state.packed is not None
        self._channel.send(packed.state.packed)

    def settle(self, command: wire.Settle) -> None:
        """Settle a packed contribution."""

        def work() -> None:
            self._state.settle(command.digest, command.outcome, command.round)
            self._tell_owed()
            self._channel.send(wire.Settled(digest=command.digest))

        self._reckoning.begin(work)

    def _tell_owed(self) -> None:
        self._channel.send(wire.Owed(unsent_steps=self._state.replica.unsent_steps))

    # --- checkpoints --------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Write the synced checkpoint now. Raises DISK_FULL, or GivenUpError when the process is about to end."""
        self.finish()
        self._state.save()

    def save_if_due(self) -> None:
        """The regular save, of a copy."""
        if self._saving.busy or self._reckoning.busy or not self._state.save_is_due:
            return
        make = self._state.room()

        def work() -> Finish:
            room = make()
            return lambda: save(room)

        def save(room: Room) -> None:
            with self._times.on("saving"):
                copy = self._state.copy(room)
            self._saving.begin(lambda: self._state.save_copy(copy, self._urgent.is_set))

        self._reckoning.begin(work)
