"""How large a payload of a model will be, before there is one. The format itself is the codec's."""

from lightwork.domain.scheme import Scheme
from lightwork.protocol.model import Model

# Of the payload's format, version 1: header and checksum; and of each segment's entry in the table what is not levels.
_FRAME, _ENTRY = 26 + 4, 5
_LEVEL = 4
_SEGMENT = 1 << 20  # values
# A block has 10 tensors (GPT-J) or 9 (Llama), and each begins a segment; beside the blocks there are 3 to 5.
_TENSORS_A_BLOCK, _TENSORS_BESIDE = 10, 5
_RICE_PARAMETERS = range(12)


def payload_bytes(model: Model, scheme: Scheme) -> int:
    """Bytes of a payload of this model under this scheme, as expected where the kept values lie anywhere.

    Where they crowd, as in the rows of a vocabulary's frequent words, positions take a little less.
    """
    kept = model.parameters * scheme.keep / scheme.block
    segments = model.layers * _TENSORS_A_BLOCK + _TENSORS_BESIDE + model.parameters // _SEGMENT
    table = segments * (_LEVEL * (1 << (scheme.bits - 1)) + _ENTRY)
    return _FRAME + table + round(kept * (scheme.bits + position_bits(scheme)) / 8)


def position_bits(scheme: Scheme) -> float:
    """Bits that say where a kept value lies: Rice's code of a geometric gap, with the parameter that suits it best.

    With a share p of the values kept at random, a gap of at least g has probability (1 - p)^g; so the quotient of a gap
    by m = 2^k is (1 - p)^m / (1 - (1 - p)^m) in the mean, and takes one bit more in unary (Golomb 1966,
    doi:10.1109/TIT.1966.1053907).
    """
    if scheme.dense:
        return 0.0
    skipped = 1 - scheme.keep / scheme.block
    powers = [(k, skipped ** (1 << k)) for k in _RICE_PARAMETERS]
    return min(k + 1 + power / (1 - power) for k, power in powers)
