"""Reading the numbers about one subject, with what everything in them is called."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel import dates
from sqlalchemy import Select, Text, select

from app.core.asking import label_of
from app.core.i18n import N_, current_locale, translate
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.features.places.reading import names_of_places, path_of_place
from app.features.posts.drafts import KINDS
from app.features.statistics.figures import Figure, Measure, figures_of
from app.models.statistics import Statistics
from app.reference.codes import said
from app.reference.sectors import sector_label

_OF_PLACES = frozenset(
    {Measure.COMPANIES_BY_PLACE, Measure.PEOPLE_BY_PLACE, Measure.POSTS_BY_PLACE}
)
WITHHELD = {"under_5": N_("unter 5"), "withheld": N_("nicht genannt")}


@dataclass(frozen=True, slots=True)
class Line:
    """One number with its name, and for what has a page of its own its path."""

    figure: Figure
    item: str
    label: str
    path: str | None = None

    @property
    def shown(self) -> str | None:
        """Why there is no number, in words; None where there is one."""
        return translate(WITHHELD[self.figure.withheld]) if self.figure.withheld else None


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers about one subject, as of a moment."""

    counted_at: datetime
    lines: list[Line]

    def total(self, measure: Measure) -> Line:
        """Return a number that stands for itself."""
        return next(one for one in self.lines if one.figure.measure == measure)

    def table(self, measure: Measure) -> list[Line]:
        """Return numbers that belong together, in their order."""
        return [one for one in self.lines if one.figure.measure == measure]


@prepared
def _numbers() -> Select[Any]:
    columns: list[Any] = [Statistics.counted_at, Statistics.figures]
    return select(*columns).where(Statistics.subject == bound("subject", Text()))


async def numbers_about(reader: Reader, subject: str) -> Numbers | None:
    """Return what is told about a subject; None where nothing has been counted."""
    row = await reader.first(_numbers(), {"subject": subject})
    if row is None:
        return None
    figures = figures_of(row.figures)
    towns = [one.item for one in figures if one.measure in _OF_PLACES]
    places = await names_of_places(reader, sorted(set(towns)))
    return Numbers(row.counted_at, [_line(one, places) for one in figures])


def _line(figure: Figure, places: dict[str, Any]) -> Line:
    item = figure.item
    if figure.measure in _OF_PLACES:
        place = places[item]
        return Line(figure, place.code, place.name, path_of_place(place))
    if figure.measure == Measure.COMPANIES_BY_SECTOR:
        year, _, code = item.partition(":")
        titled = sector_label(code, int(year))
        return Line(figure, item, said(titled) if titled else item, f"/sectors/{item}")
    if item in KINDS:
        return Line(figure, item, translate(KINDS[item].plural))
    if figure.measure == Measure.POSTS_BY_MONTH:
        month = date.fromisoformat(f"{item}-01")
        return Line(
            figure, item, dates.format_skeleton("yMMMM", month, locale=current_locale.get())
        )
    return Line(figure, item, translate(label_of(figure.measure)))


def source() -> dict[str, str]:
    """Return by whom open data are given, and under which licence."""
    site = settings().site
    return {
        "source": f"{settings().operator.name}, {site.name}",
        "licence": site.data_licence,
        "licence_url": site.data_licence_url,
    }
