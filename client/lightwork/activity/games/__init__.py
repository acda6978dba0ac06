"""Which games run: a table of processes that is cheap to keep, and rules that recognise a game in it."""

from collections.abc import Callable, Sequence

from lightwork.activity.games.picker import RunningProgram, running_programs
from lightwork.activity.games.readers import system_reader
from lightwork.activity.games.recognise import Recogniser
from lightwork.activity.games.steam import ManifestTitles
from lightwork.activity.games.table import ProcessTable
from lightwork.activity.readings import Program
from lightwork.activity.sensor import Pace, Polled, Sensor

__all__ = ["GamesReader", "RunningProgram", "games_sensor", "running_programs"]

List = Callable[[], Sequence[str]]
CHECKS = 10  # at most; each time the game that was named turns out to have ended, the next of its processes is


def games_sensor(pace: Pace, own: List, exceptions: List) -> Sensor:
    """The field `games`. `own` and `exceptions` give the person's lists as they are now, see `recognise.Names`."""
    reader = GamesReader(ProcessTable(system_reader()), Recogniser(titles=ManifestTitles()), own, exceptions)
    return Polled("games", reader, pace, busy=1.0, idle=5.0)


class GamesReader:
    """Looks at the processes and says which games run."""

    def __init__(self, table: ProcessTable, recogniser: Recogniser, own: List, exceptions: List) -> None:
        self._table = table
        self._recogniser = recogniser
        self._own = own
        self._exceptions = exceptions
        self._lists: tuple[tuple[str, ...], tuple[str, ...]] | None = None
        self._games: tuple[Program, ...] = ()

    def __call__(self) -> tuple[Program, ...]:
        """The games now. Where nothing has changed the answer is the last one."""
        lists = tuple(self._own()), tuple(self._exceptions())
        changed = self._table.refresh() or lists != self._lists
        self._lists = lists
        for _ in range(CHECKS):
            # A game must not seem to run on as another process that was given its number, or as one that has ended
            # without its parent's taking notice.
            changed |= self._table.check([game.process for game in self._games if game.process is not None])
            if not changed:
                break
            self._games = self._recogniser.games(self._table.processes, *lists)
            changed = False
        return self._games
