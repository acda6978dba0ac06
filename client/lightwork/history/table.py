"""The table of contributions as a person looks through it: in any order, filtered, searched, a stretch at a time.

Every order has an index that ends in the row's kind, a number for its project, state and reason together; how many rows
a kind has is kept. Filters and most searches are therefore settled on the few kinds, and a stretch is found by counting
along an index, from whichever end is nearer, without reading the rows before it.
"""

import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lightwork.domain.states import ContributionState
from lightwork.history.database import Book
from lightwork.history.projects import names
from lightwork.history.rows import ContributionRow, TableRow
from lightwork.history.values import page
from lightwork.protocol.control import Column

SHORTEST_OF_DIGEST = 3  # characters of a digest that can be searched for: fewer are in nearly every digest

_BATCH = 500
_HEX = frozenset("0123456789abcdef")
_COLUMNS = {
    Column.TIME: "at",
    Column.PROJECT: "project",
    Column.ROUND: "base_version",
    Column.STEPS: "steps",
    Column.TOKENS: "tokens",
    Column.CREDIT: "operations",
    Column.SIZE: "length",
    Column.VERDICT: "state",
}
_SELECT = (
    "SELECT id, project, digest, base_version, steps, tokens, operations, length, at, state, reason,"
    " (SELECT number FROM receipts WHERE receipts.project = contributions.project"
    " AND receipts.digest = contributions.digest) AS receipt FROM contributions"
)


@dataclass(frozen=True, slots=True)
class View:
    """Which contributions, and in which order: ascending, ties by time and then as the ledger learnt of them.

    Projects are ordered by name, verdicts by the life of a contribution. A row must have every one of `words` in its
    project's name (its id, if no name is known), verdict, reason or digest.
    """

    order: Column = Column.TIME
    project: str | None = None
    state: ContributionState | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    id: int
    project: str
    state: str
    reason: str
    count: int


@dataclass(slots=True)
class _Block:
    """Rows that stand together: those of one project or in one state, or all."""

    value: str | None
    kinds: list[int] = field(default_factory=list)
    count: int = 0


def words_of(search: str) -> tuple[str, ...]:
    """What is searched for, in a form in which case and the ways of writing a letter make no difference."""
    return tuple(sorted(set(_folded(search).split())))


class Table(Book):
    """Stretches of the table, from snapshots that hold up no writer."""

    def table(self, view: View, *, descending: bool, limit: int, offset: int) -> tuple[int, list[TableRow]]:
        """How many rows the view has, and those from `offset` on, at most `limit`."""
        limit, offset = page(limit, offset)
        with self._database.snapshot() as connection:
            called = names(connection)
            kinds = [_Kind(*row) for row in connection.execute("SELECT id, project, state, reason, count FROM kinds")]
            asked = [
                kind for kind in kinds if view.project in (None, kind.project) and view.state in (None, kind.state)
            ]
            matching = _matching(asked, view.words, called)
            column = _COLUMNS[view.order]
            if set(matching) <= {()}:
                blocks = _blocks(view.order, matching[()], called)
                total = sum(block.count for block in blocks)
                if descending:
                    blocks.reverse()
                numbers = _stretch(connection, column, blocks, descending=descending, limit=limit, offset=offset)
            else:
                ranks = {kind.id: _rank(view.order, kind, called) for kind in kinds}
                found = _searched(connection, column, matching, ranks)
                total = len(found)
                if descending:
                    found.reverse()
                numbers = found[offset : offset + limit]
            return total, _rows(connection, numbers)

    def every_contribution(self, project: str | None, stop: Callable[[], None]) -> Iterator[TableRow]:
        """All contributions, the oldest first, a few at a time in memory; `stop` is asked now and then."""
        with self._database.snapshot() as connection:
            where, values = ("", ()) if project is None else (" WHERE project = ?", (project,))
            found = connection.execute(f"{_SELECT}{where} ORDER BY at, id", values)
            while rows := found.fetchmany(_BATCH):
                stop()
                yield from (_row(row) for row in rows)


def _matching(
    kinds: Sequence[_Kind], words: Sequence[str], called: Mapping[str, str]
) -> dict[tuple[str, ...], list[_Kind]]:
    """The kinds that can have the words, by those words that are left for the digest to have.

    Compared here and not by SQLite, which folds the case of ASCII only.
    """
    found: dict[tuple[str, ...], list[_Kind]] = defaultdict(list)
    for kind in kinds:
        texts = [_folded(text) for text in (called.get(kind.project, kind.project), kind.state, kind.reason)]
        left = tuple(word for word in words if not any(word in text for text in texts))
        if all(len(word) >= SHORTEST_OF_DIGEST and _HEX.issuperset(word) for word in left):
            found[left].append(kind)
    return found


def _rank(order: Column, kind: _Kind, called: Mapping[str, str]) -> tuple[str | int, ...]:
    """Where rows of this kind stand among the others, if the order is one of kinds."""
    match order:
        case Column.PROJECT:
            return _folded(called.get(kind.project, kind.project)), kind.project
        case Column.VERDICT:
            return (list(ContributionState).index(ContributionState(kind.state)),)
        case _:
            return ()


def _blocks(order: Column, kinds: Sequence[_Kind], called: Mapping[str, str]) -> list[_Block]:
    """The kinds as blocks, in ascending order."""
    blocks: dict[tuple[str | int, ...], _Block] = {}
    for kind in kinds:
        value = {Column.PROJECT: kind.project, Column.VERDICT: kind.state}.get(order)
        block = blocks.setdefault(_rank(order, kind, called), _Block(value))
        block.kinds.append(kind.id)
        block.count += kind.count
    return [block for _, block in sorted(blocks.items())]


def _stretch(
    connection: sqlite3.Connection, column: str, blocks: Sequence[_Block], *, descending: bool, limit: int, offset: int
) -> list[int]:
    """The numbers of the rows from `offset` on, at most `limit`, of blocks that are in the order wanted."""
    numbers: list[int] = []
    for block in blocks:
        wanted = min(limit - len(numbers), block.count - offset)
        if wanted > 0:
            numbers += _of_block(connection, column, block, descending=descending, limit=wanted, offset=offset)
        offset = max(0, offset - block.count)
    return numbers


def _of_block(
    connection: sqlite3.Connection, column: str, block: _Block, *, descending: bool, limit: int, offset: int
) -> list[int]:
    """The numbers of rows of a block that has at least `offset` + `limit` of them; the index alone knows them."""
    from_the_end = offset > block.count // 2
    if from_the_end:
        offset = block.count - offset - limit
    direction = "DESC" if descending is not from_the_end else "ASC"
    where, values = ("", ()) if block.value is None else (f"{column} = ? AND ", (block.value,))
    order = ", ".join(f"{one} {direction}" for one in dict.fromkeys((column, "at", "id")))
    found = connection.execute(
        f"SELECT id FROM contributions INDEXED BY {_INDICES[column]}"  # noqa: S608  names of our own
        f" WHERE {where}kind IN ({_marks(block.kinds)}) ORDER BY {order} LIMIT ? OFFSET ?",
        (*values, *block.kinds, limit, offset),
    )
    numbers = [row[0] for row in found]
    return numbers[::-1] if from_the_end else numbers


_INDICES = {
    "at": "contributions_by_time",
    "project": "contributions_by_project",
    "base_version": "contributions_by_round",
    "steps": "contributions_by_steps",
    "tokens": "contributions_by_tokens",
    "operations": "contributions_by_credit",
    "length": "contributions_by_size",
    "state": "contributions_by_state",
}


def _searched(
    connection: sqlite3.Connection,
    column: str,
    matching: Mapping[tuple[str, ...], Sequence[_Kind]],
    ranks: Mapping[int, tuple[str | int, ...]],
) -> list[int]:
    """The numbers of the rows whose digests have words, ascending: all are read once, and few are found."""
    parts, values = [], list[object]()
    for words, kinds in matching.items():
        ids = [kind.id for kind in kinds]
        parts.append(" AND ".join([f"kind IN ({_marks(ids)})", *["instr(digest, ?)"] * len(words)]))
        values += [*ids, *words]
    query = f"SELECT id, kind, {column}, at FROM contributions NOT INDEXED WHERE {' OR '.join(parts)}"  # noqa: S608
    # where kinds have no rank, the column's own value decides
    found = [((*ranks[kind], value), at, number) for number, kind, value, at in connection.execute(query, values)]
    return [number for _, _, number in sorted(found)]


def _rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[TableRow]:
    """The rows with these numbers, in their order."""
    found = connection.execute(f"{_SELECT} WHERE id IN ({_marks(numbers)})", tuple(numbers))
    rows = {row["id"]: _row(row) for row in found}
    return [rows[number] for number in numbers]


def _row(row: sqlite3.Row) -> TableRow:
    values = dict(row)
    del values["id"]
    receipt = values.pop("receipt")
    values["state"] = ContributionState(row["state"])
    return TableRow(contribution=ContributionRow(**values), receipt=receipt)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
