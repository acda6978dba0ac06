"""Going on with a text: a few tokens at a time, in the gaps that training leaves.

It reads the weights that training works on, changes nothing, and draws from a generator of its own, so that training
comes to the same bits as without it. What it keeps is bounded: the tokens of one sequence, and their keys and values.
"""

import time
from collections.abc import Callable
from typing import Protocol, cast

import torch
from torch import Tensor

from lightwork.domain.errors import LightworkError, Trouble
from lightwork.protocol import trainer as wire
from lightwork.trainer.layers import Cache
from lightwork.trainer.log import log_traceback
from lightwork.trainer.texts import open_texts

# How long one turn may take, about: well below the longest pass (`microbatch.py`), so that a hold is obeyed as soon.
TURN_SECONDS = 0.04
# Nucleus sampling (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration"): the tail of a model's
# distribution, noise in a model that is young, is cut off.
_TOP_P = 0.95
_TOP_K = 50
# A prompt goes through the model in pieces; how long one takes is found out from a short one.
_FIRST_PIECE = 16
_LONGEST_PIECE = 256
# Tokens that are said at least before the cache is filled again after a step has changed the weights. Filling costs as
# much as a forward pass of a sequence; without a least number, short steps would leave time for nothing else.
_BETWEEN_FILLS = 16


class GoesOn(Protocol):
    """A model that can go on with a text."""

    def go_on(self, tokens: Tensor, cache: Cache) -> Tensor:
        """See `gptj.py`."""
        ...


class Sampling:
    """One text. `turn` takes it a little further; `ended` is how it ended, once it has.

    `weights` names the present weights: another value than before means that they have changed.
    """

    def __init__(
        self,
        orders: wire.Sample,
        module: torch.nn.Module,
        *,
        layers: int,
        window: int,
        vocabulary: int,
        device: torch.device,
        weights: Callable[[], tuple[int, int]],
    ) -> None:
        """Raises MANIFEST_INVALID for a tokenizer that is none, or one whose tokens the model does not know."""
        self.id = orders.id
        self.said = 0  # tokens
        self.trouble: Trouble | None = None
        self.over = False
        self._orders = orders
        self._model = cast("GoesOn", module)
        self._device = device
        self._weights = weights
        self._texts = open_texts(orders.tokenizer)
        begin = self._texts.begin(orders.prompt)
        if max(begin) >= vocabulary:
            raise LightworkError(Trouble.MANIFEST_INVALID, "its tokenizer has tokens that the model has not")
        self._tokens = begin[-window:]
        self._cache = Cache(layers, window)
        self._filled_with = weights()
        self._since_fill = 0
        self._piece = _FIRST_PIECE
        self._random = torch.Generator()
        if orders.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(orders.seed)

    def turn(self, stop: Callable[[], bool], seconds: float = TURN_SECONDS) -> str:
        """Compute for about so long, at least one piece or token, unless `stop` says so. Returns new text.

        A failure ends this text (`trouble`), not the trainer.
        """
        text, began = "", time.monotonic()
        try:
            while not (self.over or stop()):
                text += self._advance()
                if time.monotonic() - began >= seconds:
                    break
        except (torch.OutOfMemoryError, MemoryError):
            self._fail(Trouble.OUT_OF_MEMORY)
        except LightworkError as error:
            self._fail(error.trouble)
        except Exception:
            log_traceback()
            self._fail(Trouble.INTERNAL)
        return text

    def _fail(self, trouble: Trouble) -> None:
        self.over, self.trouble = True, trouble
        del self._cache
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _advance(self) -> str:
        """One piece of what the cache lacks and, if it lacks nothing more, the next token."""
        self._refill_if_due()
        lacking = self._tokens[self._cache.filled :]
        piece = lacking[: self._piece]
        began = time.monotonic()
        with torch.inference_mode():
            logits = self._model.go_on(torch.tensor([piece], device=self._device), self._cache)[0].float().cpu()
        if len(piece) < len(lacking):
            if time.monotonic() - began < TURN_SECONDS / 2:
                self._piece = min(_LONGEST_PIECE, self._piece * 2)
            elif time.monotonic() - began > TURN_SECONDS:
                self._piece = max(1, self._piece // 2)
            return ""
        token = choose(logits[: self._texts.vocabulary], self._orders.temperature, self._random)
        self._tokens.append(token)
        self.said += 1
        self._since_fill += 1
        self.over = self.said >= self._orders.tokens
        return self._texts.add(token)

    def _refill_if_due(self) -> None:
        most = self._cache.most
        if len(self._tokens) > most:
            # Positions are relative only up to the length that was trained: the window moves, by a quarter at once.
            self._tokens = self._tokens[-max(1, most * 3 // 4) :]
        elif self._weights() == self._filled_with or self._since_fill < _BETWEEN_FILLS:
            return
        self._cache.forget()
        self._filled_with, self._since_fill = self._weights(), 0


def choose(logits: Tensor, temperature: float, random: torch.Generator) -> int:
    """The next token of (vocabulary,) logits: the likeliest at temperature 0, else one of the likely ones, by chance.

    Raises LOSS_NOT_FINITE for logits that are no numbers.
    """
    if not bool(torch.isfinite(logits).all()):
        raise LightworkError(Trouble.LOSS_NOT_FINITE, "logits")
    if temperature < 1e-3:  # so low that dividing by it would only overflow
        return int(logits.argmax())
    top = torch.topk(logits / temperature, min(_TOP_K, len(logits)))
    chances = torch.softmax(top.values, 0)
    # Keep the fewest that together reach the share: each for which those before it do not.
    kept = chances * (chances.cumsum(0) - chances < _TOP_P)
    return int(top.indices[torch.multinomial(kept, 1, generator=random)])


def window_of(positions: int, sequence: int) -> int:
    """How many tokens a model sees: what it has positions for, and no more than it is trained on at once."""
    return min(positions, sequence)
