"""Fresh weights for a new project: a trainer makes them, since only it can build the model."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.processes.trainer import TrainerGoneError, TrainerProcess
from lightwork.protocol.manifest import Recipe, TokenType
from lightwork.protocol.model import Model
from lightwork.protocol.trainer import Configure, Failed, Initialise, Initialised

_LONGEST = 3600.0  # seconds; a model of several billion parameters takes minutes


async def write_fresh_weights(
    file: Path,
    work: Path,
    *,
    project: str,
    model: Model,
    recipe: Recipe,
    token_type: TokenType,
    seed: int,
    command: Sequence[str] | None = None,
) -> None:
    """Write the model's fresh weights to `file`. Raises RUNTIME_MISSING, TRAINER_FAILED, or what it reports."""
    trainer = await TrainerProcess.start(work / "trainer.log", command=command)
    folder = work / "trainer"
    folder.mkdir(exist_ok=True)
    configure = Configure(
        project=project,
        model=model,
        recipe=recipe,
        token_type=token_type,
        device="cpu",
        threads=1,
        memory=max(4 << 30, 32 * model.parameters),
        folder=str(folder),
    )
    try:
        async with asyncio.timeout(_LONGEST):
            await trainer.send(configure)
            await trainer.send(Initialise(file=str(file), seed=seed))
            await _until_initialised(trainer)
    except TrainerGoneError as error:
        raise LightworkError(Trouble.TRAINER_FAILED, str(error)) from None
    except TimeoutError:
        raise LightworkError(Trouble.TRAINER_FAILED, f"no weights within {_LONGEST:.0f} s") from None
    finally:
        await trainer.stop()


async def _until_initialised(trainer: TrainerProcess) -> None:
    while True:
        match await trainer.receive():
            case Initialised():
                return
            case Failed(trouble=trouble, detail=detail):
                raise LightworkError(trouble, detail)
