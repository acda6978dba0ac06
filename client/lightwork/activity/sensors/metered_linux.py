"""Whether the network is paid by volume, as NetworkManager knows or guesses it."""

from jeepney import DBusAddress

from lightwork.activity.sensor import NotAvailableError, Report
from lightwork.activity.sensors.dbus import AbsentError, Bus, open_bus

MANAGER = DBusAddress(
    "/org/freedesktop/NetworkManager",
    bus_name="org.freedesktop.NetworkManager",
    interface="org.freedesktop.NetworkManager",
)
# NMMetered in NetworkManager's API reference: 0 unknown, 1 yes, 2 no, 3 guessed yes, 4 guessed no.
METERED = {1: True, 2: False, 3: True, 4: False}


class MeteredSensor:
    """Reports whether the connection that is in use is metered; None when that is not known."""

    field = "metered"

    async def run(self, report: Report) -> None:
        """Report until cancelled. Raises NotAvailableError without NetworkManager."""
        async with open_bus("system") as bus:
            await bus.listen_to_properties(MANAGER)
            try:
                report(await _metered(bus))
            except AbsentError:
                raise NotAvailableError("NetworkManager does not run") from None
            while True:
                await bus.changed()
                try:
                    report(await _metered(bus))
                except AbsentError:  # most likely it is being updated and comes back; that is heard
                    report(None)


async def _metered(bus: Bus) -> bool | None:
    return METERED.get(await bus.get(MANAGER, "Metered"))
