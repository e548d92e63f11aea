"""Local wall time: a day and a time of day as people agree on them, in a zone named elsewhere."""

import re
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.i18n import N_

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})[T ](\d{1,2}):(\d{2})(?::00)?")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}),? (\d{1,2})[:.](\d{2})(?: Uhr)?")


def _read(value: Any) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    typed = value.strip() if isinstance(value, str) else ""
    if found := _ISO.fullmatch(typed):
        parts = [int(part) for part in found.groups()]
    elif found := _GERMAN.fullmatch(typed):
        day, month, year, hour, minute = (int(part) for part in found.groups())
        parts = [year, month, day, hour, minute]
    else:
        parts = []
    try:
        return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - local on purpose
    except (TypeError, ValueError):
        code, text = "local_time_unreadable", N_("Bitte Tag und Uhrzeit: 14.01.2027 06:00.")
        raise PydanticCustomError(code, text) from None


def _written(value: datetime) -> str:
    return value.isoformat(timespec="minutes")


LocalTime = Annotated[
    datetime,
    BeforeValidator(_read),
    PlainSerializer(_written, when_used="json"),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
            "examples": ["2027-01-14T06:00"],
        }
    ),
]

BERLIN: Final = ZoneInfo("Europe/Berlin")


@cache
def zone_names() -> frozenset[str]:
    """Return the IANA names of all zones; they are gathered from files once."""
    return frozenset(available_timezones())


def in_berlin(local: datetime) -> datetime:
    """Return the moment that a local time means in Germany."""
    return local.replace(tzinfo=BERLIN)
