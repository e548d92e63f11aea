"""Letters as HTML: one calm sheet, styled in place, that loads nothing from anywhere.

Also what is enclosed with them as files.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from typing_extensions import override

from app.core.i18n import Locale
from app.core.letters import Letter, Stationery, pieces
from app.core.settings import settings
from app.edge.own_dates import date_file
from app.features.events.enclosing import DateStationery
from app.features.events.registrations import RegistrationView


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pieces"] = pieces
    return environment


class Sheet(Stationery, DateStationery):
    """The one template that all mails have in common."""

    @override
    def html(self, letter: Letter, *, subject: str, locale: Locale) -> str:
        """Return the whole document."""
        configured = settings()
        return (
            _environment()
            .get_template("letter.html")
            .render(
                letter=letter,
                subject=subject,
                locale=locale,
                site=configured.site.name,
                region=configured.site.region_name,
                home=configured.base_url.rstrip("/"),
            )
        )

    @override
    def date_file(self, view: RegistrationView, locale: Locale) -> bytes:
        """Return the date of a registration as iCalendar, the same as in its holder's calendar."""
        return date_file(view, locale)
