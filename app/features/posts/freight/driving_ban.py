"""When heavy lorries must not drive: Sundays and public holidays, 0 to 22 h (§ 30 StVO)."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

import holidays

from app.core.settings import settings
from app.features.posts.freight.terms import VehicleType

_ENDS: Final = time(22)
_SUNDAY: Final = 6
HEAVY: Final = frozenset(
    {VehicleType.SEMI_TRAILER, VehicleType.DRAWBAR_TRAILER, VehicleType.UP_TO_12_T}
)
# Two digits that begin the official code of every municipality of a state.
_STATES: Final = {
    "01": "SH", "02": "HH", "03": "NI", "04": "HB", "05": "NW", "06": "HE", "07": "RP", "08": "BW",
    "09": "BY", "10": "SL", "11": "BE", "12": "BB", "13": "MV", "14": "SN", "15": "ST", "16": "TH",
}  # fmt: skip
# Public holidays of some states on which lorries may drive all the same (§ 30 Abs. 4 StVO).
_LORRIES_DRIVE: Final = frozenset({(1, 6), (3, 8), (8, 8), (8, 15), (9, 20)})


def is_banned(vehicle: VehicleType, *, has_trailer: bool) -> bool:
    """Whether the ban is for such a lorry: above 7.5 t, or with a trailer."""
    return vehicle in HEAVY or has_trailer


def lies_in_ban(start: datetime, end: datetime) -> bool:
    """Whether a window of local times leaves no minute in which a heavy lorry may drive."""
    day = start.date()
    while day <= end.date():
        if not _is_rest(day):
            return False
        leaves_evening = end > datetime.combine(day, _ENDS)
        if leaves_evening:
            return False
        day += timedelta(days=1)
    return True


def _is_rest(day: date) -> bool:
    return day.weekday() == _SUNDAY or day in _holidays(day.year)


@cache
def _holidays(year: int) -> frozenset[date]:
    """Return the holidays of the ban where this site is; nationwide ones where that is open."""
    code = next((code for code in settings().site.region), "")
    found = holidays.country_holidays("DE", subdiv=_STATES.get(code[:2]), years=year)
    return frozenset(day for day in found if (day.month, day.day) not in _LORRIES_DRIVE)
