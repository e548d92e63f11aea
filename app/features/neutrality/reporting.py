"""How often each type of member and its posts appeared, compared with their share of all."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Date, Select, String, case, cast, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.asking import label, label_of
from app.core.events import every
from app.core.i18n import N_, translate
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.core.small_numbers import Key, Sum, Withheld, told
from app.features.appearances.noting import CONCEALED, PERSON
from app.features.companies import policy as companies_policy
from app.features.people import policy as people_policy
from app.features.posts import policy
from app.models.companies import Company, OrganisationForm
from app.models.posts import Post
from app.models.statistics import Appearance, Surface

DAYS: Final = 30  # of the current report
SHOWN_ON: Final = (
    Surface.LIST, Surface.FEED, Surface.SEARCH, Surface.SUGGESTED, Surface.DIGEST, Surface.MATCH,
)  # fmt: skip
# People and organisations themselves.
MET_ON: Final = (Surface.DIRECTORY, Surface.FOUND, Surface.NAMED)
_COUNTED_DAILY: Final = (Surface.STANDING, Surface.MEMBERS)
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
        Surface.DIRECTORY: N_("Verzeichnisse"),
        Surface.FOUND: N_("Suchtreffer"),
        Surface.SUGGESTED: N_("Vorschläge beim Tippen"),
        Surface.NAMED: N_("Vorschläge beim Tippen"),
        Surface.MEMBERS: N_("Mitglieder, im Mittel je Tag"),
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
    """One type of member: its posts and where they appeared, and where itself did.

    There is no ``members`` of concealed posts, which are nobody's to readers.
    """

    author: str
    posts: Count
    appeared: dict[Surface, Count]
    members: Count | None
    met: dict[Surface, Count]

    @property
    def name(self) -> str:
        """What the type is called in the current language."""
        if self.author in _OTHERS:
            return translate(_OTHERS[self.author])
        return translate(label_of(OrganisationForm(self.author)))

    @property
    def member_name(self) -> str:
        """What people or organisations of the type are called in the current language."""
        return translate(N_("Personen")) if self.author == PERSON else self.name


@dataclass(frozen=True, slots=True)
class Report:
    """All types of authors over some days, the last included."""

    first: date
    last: date
    lines: list[Line]


@every("43 * * * *")
async def count_standing(session: Session) -> None:
    """Count today's posts that everybody may read, and members, by type; the last count holds."""
    today = clock.today(settings().zone)
    posts, members = await _posts(session), await _members(session)
    counted = [
        {"day": today, "surface": surface, "author": author, "times": times}
        for surface, numbers in ((Surface.STANDING, posts), (Surface.MEMBERS, members))
        for author, times in numbers.items()
        if times
    ]
    await session.execute(
        delete(Appearance).where(Appearance.day == today, Appearance.surface.in_(_COUNTED_DAILY))
    )
    if counted:
        await session.execute(insert(Appearance), counted)


async def _posts(session: Session) -> dict[str, int]:
    author = case(
        (Post.is_concealed, CONCEALED), else_=func.coalesce(cast(Company.form, String()), PERSON)
    )
    rows = await session.execute(
        select(author.label("author"), func.count())
        .select_from(Post)
        .outerjoin(Company, Company.id == Post.company_id)
        .where(policy.current(), policy.stands_open_to(ANONYMOUS))
        .group_by(author)
    )
    return {row[0]: row[1] for row in rows}


async def _members(session: Session) -> dict[str, int]:
    states = companies_policy.public_states(stubs=companies_policy.stubs_are_public())
    rows = await session.execute(
        select(Company.form, func.count()).where(Company.state.in_(states)).group_by(Company.form)
    )
    people = select(func.count()).where(people_policy.visible_to(ANONYMOUS))
    forms = {form.value: times for form, times in rows}
    return forms | {PERSON: await session.scalar(people) or 0}


@prepared
def _sums() -> Select[Any]:
    columns: list[Any] = [
        Appearance.surface,
        Appearance.author,
        cast(func.sum(Appearance.times), Appearance.times.type).label("times"),
    ]
    first, last = (bound(name, Date()) for name in ("first", "last"))
    same = aliased(Appearance)
    days = (
        select(func.count(same.day.distinct()))
        .where(same.day.between(first, last), same.surface == Appearance.surface)
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
        divisor = row.days if row.surface in _COUNTED_DAILY else 1
        numbers[str(row.surface), row.author] = round(row.times / divisor)
    cells: dict[Key, int] = {}
    sums = []
    for surface in Surface:
        parts = tuple((surface.value, author) for author in _types(surface))
        cells |= {part: numbers[part] for part in parts}
        cells[surface.value, ""] = sum(numbers[part] for part in parts)
        sums.append(Sum((surface.value, ""), parts))
    shown = told(cells, sums)
    return Report(first, last, [_line(author, shown) for author in AUTHORS])


def _types(surface: Surface) -> tuple[str, ...]:
    """Return the types of members that can appear there."""
    of_members = surface in {*MET_ON, Surface.MEMBERS}
    return tuple(one for one in AUTHORS if not of_members or one != CONCEALED)


def _line(author: str, shown: dict[Key, int | Withheld]) -> Line:
    def count(surface: Surface) -> Count:
        number, total = shown[surface.value, author], shown[surface.value, ""]
        if isinstance(number, Withheld):
            return Count(None, None, number)
        share = None if isinstance(total, Withheld) else round(100 * number / total, 1)
        return Count(number, share, None)

    is_known = author != CONCEALED
    return Line(
        author,
        count(Surface.STANDING),
        {one: count(one) for one in SHOWN_ON},
        count(Surface.MEMBERS) if is_known else None,
        {one: count(one) for one in MET_ON if is_known},
    )
