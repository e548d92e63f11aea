"""How often each type of author appeared before others, compared with their share of posts."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Date, Select, String, bindparam, case, cast, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.asking import label, label_of
from app.core.events import every
from app.core.i18n import N_, translate
from app.core.reads import Reader, prepared
from app.core.settings import settings
from app.core.small_numbers import Key, Sum, Withheld, told
from app.features.appearances.noting import CONCEALED, PERSON
from app.features.posts import policy
from app.models.companies import Company, OrganisationForm
from app.models.posts import Post
from app.models.statistics import Appearance, Surface

DAYS: Final = 30  # of the current report
SHOWN_ON: Final = tuple(one for one in Surface if one != Surface.STANDING)
AUTHORS: Final = (*(form.value for form in OrganisationForm), PERSON, CONCEALED)
_OTHERS: Final = {
    PERSON: N_("Personen, die für sich sprechen"),
    CONCEALED: N_("Beiträge unter Chiffre"),
}

label(
    {
        Surface.LIST: N_("Listen"),
        Surface.FEED: N_("Verläufe"),
        Surface.SEARCH: N_("Suchtreffer"),
        Surface.DIGEST: N_("Suchaufträge und Übersichten per E-Mail"),
        Surface.MATCH: N_("Passendes, das gemeldet wurde"),
        Surface.STANDING: N_("Beiträge, im Mittel je Tag"),
    }
)


@dataclass(frozen=True, slots=True)
class Count:
    """A number and its share of all, in per cent; None where they must not be told."""

    number: int | None
    share: float | None
    withheld: Withheld | None


@dataclass(frozen=True, slots=True)
class Line:
    """One type of author: its posts, and where they appeared."""

    author: str
    posts: Count
    appeared: dict[Surface, Count]

    @property
    def name(self) -> str:
        """What the type is called in the current language."""
        if self.author in _OTHERS:
            return translate(_OTHERS[self.author])
        return translate(label_of(OrganisationForm(self.author)))


@dataclass(frozen=True, slots=True)
class Report:
    """All types of authors over some days, the last included."""

    first: date
    last: date
    lines: list[Line]


@every("43 * * * *")
async def count_standing(session: Session) -> None:
    """Count the posts that everybody may read today, by type of author; the last count holds."""
    today = clock.today(settings().zone)
    author = case(
        (Post.is_concealed, CONCEALED), else_=func.coalesce(cast(Company.form, String()), PERSON)
    )
    rows = await session.execute(
        select(author.label("author"), func.count().label("times"))
        .select_from(Post)
        .outerjoin(Company, Company.id == Post.company_id)
        .where(policy.current(), policy.stands_open_to(ANONYMOUS))
        .group_by(author)
    )
    counted = [
        {"day": today, "surface": Surface.STANDING, "author": row.author, "times": row.times}
        for row in rows
    ]
    await session.execute(
        delete(Appearance).where(Appearance.day == today, Appearance.surface == Surface.STANDING)
    )
    if counted:
        await session.execute(insert(Appearance), counted)


@prepared
def _sums() -> Select[Any]:
    columns: list[Any] = [
        Appearance.surface,
        Appearance.author,
        cast(func.sum(Appearance.times), Appearance.times.type).label("times"),
    ]
    first, last = (bindparam(name, type_=Date(), required=True) for name in ("first", "last"))
    days = (
        select(func.count(Appearance.day.distinct()))
        .where(Appearance.day.between(first, last), Appearance.surface == Surface.STANDING)
        .scalar_subquery()
    )
    return (
        select(*columns, days.label("days"))
        .where(Appearance.day.between(first, last))
        .group_by(Appearance.surface, Appearance.author)
    )


async def neutrality_report(reader: Reader, year: int | None = None) -> Report:
    """Return the report of a year, or of the last thirty days."""
    last = clock.today(settings().zone)
    first = last - timedelta(days=DAYS - 1)
    if year is not None:
        first, last = date(year, 1, 1), date(year, 12, 31)
    rows = await reader.all(_sums(), {"first": first, "last": last})
    numbers: Counter[Key] = Counter()
    for row in rows:
        divisor = row.days if row.surface == Surface.STANDING else 1
        numbers[str(row.surface), row.author] = round(row.times / divisor)
    cells: dict[Key, int] = {}
    sums = []
    for surface in Surface:
        parts = tuple((surface.value, author) for author in AUTHORS)
        cells |= {part: numbers[part] for part in parts}
        cells[surface.value, ""] = sum(numbers[part] for part in parts)
        sums.append(Sum((surface.value, ""), parts))
    shown = told(cells, sums)
    return Report(first, last, [_line(author, shown) for author in AUTHORS])


def _line(author: str, shown: dict[Key, int | Withheld]) -> Line:
    def count(surface: Surface) -> Count:
        number, total = shown[surface.value, author], shown[surface.value, ""]
        if isinstance(number, Withheld):
            return Count(None, None, number)
        share = None if isinstance(total, Withheld) else round(100 * number / total, 1)
        return Count(number, share, None)

    return Line(author, count(Surface.STANDING), {one: count(one) for one in SHOWN_ON})
