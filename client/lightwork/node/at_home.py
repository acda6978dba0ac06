"""Settings that the desktop carries out. What the system says of them is true, and the setting follows it."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from lightwork.desktop.at_login import at_login
from lightwork.desktop.launcher import Launcher, launcher
from lightwork.desktop.links import open_links
from lightwork.desktop.switch import Switch, refusing
from lightwork.domain.errors import LightworkError
from lightwork.settings import store as settings_store
from lightwork.settings.declared import GENERAL_OPEN_LINKS, GENERAL_START_AT_LOGIN, Setting
from lightwork.settings.places import Places, usual_home
from lightwork.settings.store import Settings

log = logging.getLogger(__name__)

_MAKERS: Mapping[Setting[bool], Callable[[Launcher], Switch]] = {
    GENERAL_START_AT_LOGIN: at_login,
    GENERAL_OPEN_LINKS: open_links,
}


class AtHome:
    """The desktop's part of the settings of one home folder."""

    def __init__(self, places: Places, switches: Mapping[str, Switch] | None = None) -> None:
        self._places = places
        self._given = switches

    def agreed(self, settings: Settings) -> Settings:
        """The settings with what the system says, in the file as well; what is on is brought up to date.

        For the node's start: since then a person may have switched something off in the system's own settings, or
        copied a home folder, or moved the program. Where the system does not tell, nothing changes.
        """
        for setting in _MAKERS:
            try:
                on = self._switch(setting.key).on()
                if on:
                    self._switch(setting.key).turn(on=True)
                if on != settings[setting]:
                    log.info("the system says otherwise", extra={"setting": setting.key, "value": on})
                    settings = settings.with_value(setting, on)
                    settings_store.save(self._places.settings, settings)
            except (LightworkError, OSError) as error:
                log.warning("%s is not compared with the system: %s", setting.key, error)
        return settings

    @contextmanager
    def changing(self, setting: Setting[Any], value: Any) -> Iterator[None]:
        """Carry a change out, and take it back if what is done inside fails.

        Raises LightworkError(DESKTOP_REFUSED) if the desktop does not take it, and DISK_FULL.
        """
        if setting not in _MAKERS:
            yield
            return
        switch = self._switch(setting.key)
        with refusing():
            before = switch.on()
        if before or value:  # what is on is brought up to date
            switch.turn(on=bool(value))
        try:
            yield
        except BaseException:
            with suppress(LightworkError):
                switch.turn(on=before)
            raise

    def _switch(self, key: str) -> Switch:
        if self._given is None:
            command = launcher(self._places.home, usual_home())
            self._given = {setting.key: make(command) for setting, make in _MAKERS.items()}
        return self._given[key]
