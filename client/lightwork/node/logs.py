"""Logs: JSON lines on disk, rotated, so that a person can send them and a program can read them."""

import json
import logging
import logging.handlers
from pathlib import Path
from typing import Any

_MEGABYTE = 1 << 20
_ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, room, message, and whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """As logging.Formatter."""
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "room": record.name.removeprefix("lightwork."),
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _ORDINARY}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def log_to(file: Path) -> None:
    """Send this process's log to `file`; three older ones of 2 MB are kept."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(file, maxBytes=2 * _MEGABYTE, backupCount=3, encoding="utf-8")
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
