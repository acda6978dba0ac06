"""The node's status, put together from its parts and published whole."""

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lightwork.domain.errors import Trouble
from lightwork.domain.status import NodeStatus, Notice

_NEWEST_NOTICES = 5
# Not faster than the eye; a window that redraws for nothing costs the person's processor.
_SECONDS_BETWEEN = 0.2

Subscriber = Callable[[NodeStatus], None]


class Board:
    """Holds the newest snapshot. Subscribers are called with each, in the loop's thread, and must not block."""

    def __init__(self) -> None:
        self.status = NodeStatus(at=time.time(), process=os.getpid())
        self._changed = asyncio.Event()
        self._subscribers: set[Subscriber] = set()

    def update(self, **changes: Any) -> None:
        """Replace fields of the snapshot."""
        changed = replace(self.status, **changes)
        if changed != self.status:
            self.status = replace(changed, revision=self.status.revision + 1, at=time.time())
            self._changed.set()

    def notice(self, notice: Notice) -> None:
        """Add a notice; an older one about the same trouble gives way."""
        others = tuple(one for one in self.status.notices if one.trouble != notice.trouble)
        self.update(notices=(*others, notice)[-_NEWEST_NOTICES:])

    def withdraw(self, *troubles: Trouble) -> None:
        """Take notices back that are no longer true."""
        self.update(notices=tuple(one for one in self.status.notices if one.trouble not in troubles))

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with this snapshot and with each later one, until the returned function is called."""
        self._subscribers.add(subscriber)
        subscriber(self.status)
        return lambda: self._subscribers.discard(subscriber)

    @property
    def watched(self) -> bool:
        """True while anybody looks."""
        return bool(self._subscribers)

    async def publish(self) -> None:
        """Hand out snapshots until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            for subscriber in tuple(self._subscribers):
                subscriber(self.status)
            await asyncio.sleep(_SECONDS_BETWEEN)
