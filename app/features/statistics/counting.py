"""Counting, once an hour: what is told then was true at the moment that is told with it.

Posts count where everybody may read them. Concealed ones do not count at all: in a small place one
more succession would tell of somebody.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CTE,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.events import every
from app.core.settings import settings
from app.core.small_numbers import SMALLEST
from app.features.places.region import region_places, region_towns
from app.features.posts import policy
from app.features.statistics.figures import Counts, Measure
from app.models.companies import Company, CompanySector, CompanyState, Site, Staff
from app.models.people import Person
from app.models.places import PostcodeMunicipality
from app.models.posts import Post, PostStatus, Reply
from app.models.statistics import Statistics

MONTHS: Final = 12
_COUNTED: Final = (
    PostStatus.ACTIVE, PostStatus.RESERVED, PostStatus.DONE, PostStatus.EXPIRED
)  # fmt: skip
_HOUR: Final = 3_600


@every("23 * * * *")
async def count_everything(session: Session) -> None:
    """Count anew about every municipality of the region, every sector, and all of it."""
    now = clock.now()
    towns = list(await session.scalars(region_towns(settings().site.region)))
    months = last_months(now)
    counts = Counts([str(town) for town in towns], [f"{at:%Y-%m}" for at in months])
    areas = _areas()
    await _count_companies(session, counts, areas)
    await _count_people(session, counts, areas)
    await _count_posts(session, counts, areas, months[0])
    await session.execute(delete(Statistics))
    rows = [
        {"subject": subject, "counted_at": now, "figures": figures}
        for subject, figures in counts.documents().items()
    ]
    await session.execute(insert(Statistics), rows)


def last_months(now: datetime) -> list[datetime]:
    """Return the beginnings of the last twelve months in local time, this one being the last."""
    local = now.astimezone(settings().zone)
    count = local.year * 12 + local.month - 1
    return [
        datetime(one // 12, one % 12 + 1, 1, tzinfo=settings().zone)
        for one in range(count - MONTHS + 1, count + 1)
    ]


def _areas() -> CTE:
    """Select each town of the region with itself and every postcode area that it has a part in."""
    towns = region_towns(settings().site.region).cte("towns")
    code = PostcodeMunicipality
    return union(
        select(towns.c.id.label("town"), towns.c.id.label("place")),
        select(code.municipality_id, code.postcode_id).join(
            towns, towns.c.id == code.municipality_id
        ),
    ).cte("areas")


def _sectors() -> CTE:
    """Select every company with its sections and divisions, each once."""
    year = cast(CompanySector.classification, Text()).concat(":")
    named = [
        select(CompanySector.company_id, year.concat(code).label("code")).where(code.is_not(None))
        for code in (CompanySector.section, CompanySector.division)
    ]
    return union(*named).cte("sectors")


async def _count_companies(session: Session, counts: Counts, areas: CTE) -> None:
    """Count organisations with their main site in the region, imported ones too, by sector."""
    seats = (
        select(areas.c.town, Site.company_id)
        .join(Site, and_(Site.place_id == areas.c.place, Site.is_main))
        .join(Company, Company.id == Site.company_id)
        .where(Company.state != CompanyState.CLOSED)
        .cte("seats")
    )
    number = func.count(seats.c.company_id.distinct())
    rows = await session.execute(select(seats.c.town, number).group_by(func.rollup(seats.c.town)))
    for town, found in rows:
        counts.add(Measure.COMPANIES, found, town)
    sectors = _sectors()
    rows = await session.execute(
        select(seats.c.town, sectors.c.code, number)
        .join(sectors, sectors.c.company_id == seats.c.company_id)
        .group_by(sectors.c.code, func.rollup(seats.c.town))
    )
    for town, code, found in rows:
        counts.add(Measure.COMPANIES, found, town, code)


async def _count_people(session: Session, counts: Counts, areas: CTE) -> None:
    number = func.count(Person.id.distinct())
    rows = await session.execute(
        select(areas.c.town, number)
        .join(Person, and_(Person.place_id == areas.c.place, Person.left_at.is_(None)))
        .group_by(func.rollup(areas.c.town))
    )
    for town, found in rows:
        counts.add(Measure.PEOPLE, found, town)
    sectors = _sectors()
    working = await session.execute(
        select(sectors.c.code, func.count(Staff.person_id.distinct()))
        .join(Staff, and_(Staff.company_id == sectors.c.company_id, Staff.ended_at.is_(None)))
        .join(Company, Company.id == Staff.company_id)
        .where(Staff.is_shown, Company.state == CompanyState.ACTIVE)
        .group_by(sectors.c.code)
    )
    for code, found in working:
        counts.add(Measure.PEOPLE, found, sector=code)


def _posts(since: datetime) -> CTE:
    """Select public posts that were published since then, or that still stand."""
    first = (
        select(func.min(Reply.published_at))
        .where(
            Reply.post_id == Post.id,
            Reply.withdrawn_at.is_(None),
            Reply.author_id.is_distinct_from(Post.author_id),
        )
        .correlate(Post)
        .scalar_subquery()
    )
    is_new = Post.published_at >= since
    columns: list[Any] = [
        Post.kind,
        Post.place_id,
        Post.company_id,
        func.to_char(func.timezone(settings().site.time_zone, Post.published_at), "YYYY-MM").label(
            "month"
        ),
        is_new.label("is_new"),
        policy.current().label("is_open"),
        case((is_new, func.extract("epoch", first - Post.published_at))).label("waited"),
    ]
    return (
        select(*columns)
        .where(
            not_(Post.is_concealed),
            Post.status.in_(_COUNTED),
            policy.stands_open_to(ANONYMOUS),
            or_(is_new, policy.current()),
        )
        .cte("told")
        .prefix_with("MATERIALIZED")
    )


async def _count_posts(session: Session, counts: Counts, areas: CTE, since: datetime) -> None:
    posts, sectors = _posts(since), _sectors()
    none: Any = literal("", Text())
    region = settings().site.region
    here = or_(posts.c.place_id.is_(None), posts.c.place_id.in_(region_places(region)))
    in_town = areas.c.place == posts.c.place_id
    of_company = sectors.c.company_id == posts.c.company_id
    # One statement, so that the posts are looked through once.
    grouped = union_all(
        _grouped(posts, none, none).where(here),
        _grouped(posts, cast(areas.c.town, Text()), none).join(areas, in_town),
        _grouped(posts, none, sectors.c.code).join(sectors, of_company),
    )
    for row in await session.execute(grouped):
        _note(counts, row)


def _grouped(posts: CTE, place: Any, sector: Any) -> Select[Any]:
    """Count posts of a place and sector: by kind, by month, and in all."""
    columns: list[Any] = [
        place.label("place"),
        sector.label("sector"),
        posts.c.kind,
        posts.c.month,
        func.count().filter(posts.c.is_new).label("published"),
        func.count().filter(posts.c.is_open).label("open"),
        func.count(posts.c.waited).label("answered"),
        func.percentile_cont(0.5).within_group(posts.c.waited).label("waited"),
    ]
    by = [one for one in (place, sector) if not hasattr(one, "value")]
    sets = (tuple_(*by, posts.c.kind), tuple_(*by, posts.c.month), tuple_(*by))
    return select(*columns).select_from(posts).group_by(func.grouping_sets(*sets))


def _note(counts: Counts, row: Any) -> None:
    item = row.kind or row.month
    counts.add(Measure.POSTS, row.published, row.place, row.sector, item)
    if not row.month:
        counts.add(Measure.OPEN_POSTS, row.open, row.place, row.sector, item)
    if item is None and row.answered >= SMALLEST:
        counts.hours[row.place, row.sector] = round(float(row.waited) / _HOUR, 1)
