"""Hypothesis strategies for msgspec types, with their bounds."""

from typing import Any

import msgspec.inspect as mi
from hypothesis import strategies as st

from lightwork.domain.scheme import Scheme

_TEXT = st.characters(exclude_categories=["Cs"])


def messages_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that msgspec can decode."""
    return _of(mi.type_info(kind))


def _of(kind: mi.Type) -> st.SearchStrategy[Any]:  # noqa: PLR0911  a case for each kind of type
    match kind:
        case mi.UnionType():
            return st.one_of([_of(one) for one in kind.types])
        case mi.DataclassType(cls=cls) if cls is Scheme:
            return _schemes()
        case mi.StructType() | mi.DataclassType():
            fields = {field.name: _of(field.type) for field in kind.fields}
            return st.builds(_maybe(kind.cls), **fields).filter(lambda made: made is not None)
        case mi.EnumType():
            return st.sampled_from(kind.cls)
        case mi.NoneType():
            return st.none()
        case mi.BoolType():
            return st.booleans()
        case mi.IntType():
            low = kind.ge if kind.ge is not None else -(2**53)
            return st.integers(low, min(kind.le if kind.le is not None else 2**53, 2**63 - 1))
        case mi.FloatType():
            low, high = kind.ge if kind.ge is not None else kind.gt, kind.le if kind.le is not None else kind.lt
            found = st.floats(low, high, allow_nan=False, allow_infinity=False)
            return found.filter(lambda x: (kind.gt is None or x > kind.gt) and (kind.lt is None or x < kind.lt))
        case mi.StrType(pattern=None):
            return st.text(_TEXT, min_size=kind.min_length or 0, max_size=min(kind.max_length or 20, 20))
        case mi.StrType():
            return st.from_regex(kind.pattern.replace("$", r"\Z"))
        case mi.BytesType():
            return st.binary(max_size=20)
        case mi.VarTupleType() | mi.ListType():
            least, made = kind.min_length or 0, tuple if isinstance(kind, mi.VarTupleType) else list
            return st.lists(_of(kind.item_type), min_size=least, max_size=least + 2).map(made)
    raise NotImplementedError(kind)


@st.composite
def _schemes(draw: st.DrawFn) -> Scheme:
    block = 1 << draw(st.integers(0, 12))
    return Scheme(block=block, keep=draw(st.integers(1, block)), bits=draw(st.integers(1, 4)))


def _maybe(made: Any) -> Any:
    def build(**fields: Any) -> Any:
        try:
            return made(**fields)
        except ValueError:  # a combination that the type itself refuses
            return None

    return build
