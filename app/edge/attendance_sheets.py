"""The attendance list of a date as a table for spreadsheets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.core.asking import label_of
from app.core.i18n import N_, translate
from app.edge.tables import CsvResponse, csv_response
from app.features.events.reading import DateView
from app.features.events.registrations import RegistrationView

_COLUMNS = (
    N_("Nr."), N_("Name"), N_("E-Mail-Adresse"), N_("Unternehmen"), N_("Beginn"), N_("Ende"),
    N_("Stand"), N_("Code"), N_("Angemeldet am"), N_("Anwesend seit"),
    N_("Ohne Anmeldung"),
)  # fmt: skip


def attendance_csv(date: DateView, people: Sequence[RegistrationView]) -> CsvResponse:
    """Answer with who is in line for a date, and what each of them answered to its questions."""
    zone = ZoneInfo(date.row.details["time_zone"])
    asked = dict.fromkeys(date.row.details.get("questions") or ())
    for one in people:
        asked.update(dict.fromkeys(one.row.answers or ()))
    header = [*(translate(column) for column in _COLUMNS), *asked]
    day = date.row.starts_at.astimezone(zone).date()
    return csv_response(
        header,
        [_line(one, list(asked), zone) for one in people],
        f"kontor-{day}",
        delimiter=";",
        mark="\ufeff",
    )


def _line(one: RegistrationView, asked: Sequence[str], zone: ZoneInfo) -> list[Any]:
    row, answers = one.row, one.row.answers or {}
    return [
        row.number,
        one.name,
        row.guest_email or "",
        row.company_name or row.guest_company or "",
        _moment(one.starts_at, zone),
        _moment(one.ends_at, zone),
        translate(label_of(row.state)),
        row.code,
        "" if row.is_walk_in else _moment(row.registered_at, zone),
        _moment(row.attended_at, zone),
        translate(N_("ja")) if row.is_walk_in else "",
        *(answers.get(question, "") for question in asked),
    ]


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    """Write a moment as German spreadsheets read it."""
    return at.astimezone(zone).strftime("%d.%m.%Y %H:%M") if at else ""
