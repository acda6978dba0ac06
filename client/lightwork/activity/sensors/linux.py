"""The sensors of a Linux desktop."""

from lightwork.activity.sensor import Pace, Sensor
from lightwork.activity.sensors.full_screen_x11 import FullScreenX11Sensor
from lightwork.activity.sensors.game_mode import GameModeSensor
from lightwork.activity.sensors.idle_linux import IdleSensor
from lightwork.activity.sensors.metered_linux import MeteredSensor


def linux_sensors(idle_pace: Pace) -> list[Sensor]:
    """All of them; each says by itself if its desktop or service is not there."""
    return [GameModeSensor(), FullScreenX11Sensor(), IdleSensor(idle_pace), MeteredSensor()]
