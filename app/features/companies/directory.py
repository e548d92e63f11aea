"""The directory of companies: what there is, of which sector and size, how far away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    Uuid,
    cast,
    exists,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect

from app.core import clock
from app.core.asking import Asked
from app.core.i18n import N_, Locale, translate
from app.core.paging import Order, Page, Paging
from app.core.reads import Prepared, Reader, bound, prepared
from app.features.appearances.noting import note_companies
from app.features.companies import policy
from app.features.companies.sectors import of_sector, sector_params
from app.features.people.directory import (
    LATITUDE,
    LONGITUDE,
    RADIUS,
    Filters,
    name_params,
    named_or_said,
    order_choices as by_name_or_distance,
)
from app.features.places.distance import distance_km, within_km
from app.features.places.lookup import find_point
from app.features.places.region import places_within
from app.models.companies import (
    Company,
    CompanySector,
    CompanyState,
    Contact,
    OrganisationForm,
    Site,
)
from app.models.search import Thing
from app.models.statistics import Surface
from app.reference.codes import SectorFilter, SizeBandCode, choices_of
from app.reference.sectors import WZ_2008
from app.reference.tables import size_bands
from app.reference.topics import Topic, topic_choices

_AWAY = distance_km(Site.latitude, Site.longitude, LATITUDE, LONGITUDE)

BY_NAME = Order(
    "companies.name", N_("Unternehmen nach dem Alphabet"), Company.sort_name, Company.id
)
BY_DISTANCE = Order(
    "companies.distance",
    N_("Unternehmen nach Entfernung ihres Hauptstandorts (Luftlinie), die nächsten zuerst"),
    _AWAY,
    Company.id,
)
NEWEST = Order(
    "companies.newest",
    N_("Unternehmen nach ihrer Aufnahme, die neuesten zuerst"),
    Company.id,  # which begins with the time
    descending=True,
)
Near = Literal["in", "around"] | None
Counts = dict[str, dict[str, int]]
MANY: Final = 1_000  # companies; the counts of as many are kept for a while
KEPT_FOR: Final = timedelta(seconds=30)
_MOST_KEPT: Final = 200
_kept: dict[tuple[Prepared, tuple[str, ...]], tuple[datetime, Counts]] = {}


def order_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return the orders that forms offer."""
    return [*by_name_or_distance(locale), ("newest", translate(N_("Neueste zuerst"), locale))]


class CompanyFilters(Filters):
    """What the directory of companies can be narrowed by."""

    order: Annotated[
        Literal["name", "distance", "newest"],
        Field(description="`distance` needs a `place`."),
        Asked(N_("Reihenfolge"), choices=order_choices),
    ] = "name"  # type: ignore[assignment]  # companies have one order more than people
    sector: SectorFilter = None
    size_band: Annotated[
        SizeBandCode | None, Asked(N_("Betriebsgröße"), choices=choices_of(size_bands))
    ] = None
    form: Annotated[OrganisationForm | None, Asked(N_("Art der Organisation"))] = None
    topic: Annotated[
        Topic | None,
        Field(description="Has a contact person for this topic."),
        Asked(N_("Ansprechperson für"), choices=topic_choices),
    ] = None
    trains_apprentices: Annotated[
        bool | None, Asked(N_("Nur Ausbildungsbetriebe"), widget="checkbox")
    ] = None
    mediates_successions: Annotated[
        bool | None, Asked(N_("Nur Vermittlung von Nachfolgen"), widget="checkbox")
    ] = None


def _narrowed(
    given: frozenset[str], *, stubs: bool, short: bool, near: Near
) -> list[ColumnElement[bool]]:
    """Return the conditions that the filters named in ``given`` make."""
    found: dict[str, ColumnElement[bool]] = {
        "form": Company.form == bound("form", Company.form.type),
        "size_band": Company.size_band == bound("size_band", Text()),
        "trains_apprentices": Company.trains_apprentices.is_(true()),
        "mediates_successions": Company.mediates_successions.is_(true()),
        "q": named_or_said(Company.id, Company.sort_name, Thing.COMPANY, short=short),
        "topic": exists().where(
            Contact.company_id == Company.id,
            Contact.topic == bound("topic", Text()),
        ),
        "section": of_sector("section"),
        "division": of_sector("division"),
    }
    conditions = [condition for name, condition in found.items() if name in given]
    conditions.append(
        Company.state != CompanyState.CLOSED if stubs else Company.state == CompanyState.ACTIVE
    )
    if near == "in":
        place: ColumnElement[Any] = bound("place_id", Uuid())
        conditions.append(Site.place_id.in_(places_within(place)))
    elif near == "around":
        conditions.append(within_km(Site.latitude, Site.longitude, LATITUDE, LONGITUDE, RADIUS))
    return conditions


@prepared
def _companies(
    given: frozenset[str], *, stubs: bool, short: bool, near: Near, order: str, after: bool
) -> Select[Any]:
    first_sector = (
        select(CompanySector.classification.concat(":").concat(CompanySector.code))
        .where(CompanySector.company_id == Company.id)
        .order_by(CompanySector.id)
        .limit(1)
        .correlate(Company)
        .scalar_subquery()
    )
    columns: list[Any] = [
        Company.id,
        Company.slug,
        Company.name,
        Company.form,
        Company.summary,
        Company.size_band,
        Company.trains_apprentices,
        Company.logo_id,
        Company.created_at,
        Company.updated_at,
        Site.postcode,
        Site.town,
        first_sector.label("sector"),
    ]
    query = (
        select(*columns)
        .outerjoin(Site, (Site.company_id == Company.id) & Site.is_main)
        .where(*_narrowed(given, stubs=stubs, short=short, near=near))
    )
    if near:
        query = query.add_columns(_AWAY.label("distance_km"))
    query = query.execution_options(plan_each_time=bool(near) or "q" in given)
    if order == "distance":
        return BY_DISTANCE.page(query.where(Site.latitude.is_not(None)), after=after)
    return (NEWEST if order == "newest" else BY_NAME).page(query, after=after)


@prepared
def _facets(given: frozenset[str], *, stubs: bool, short: bool, near: Near) -> CompoundSelect[Any]:
    columns: list[Any] = [Company.id, Company.form, Company.size_band, Company.trains_apprentices]
    query = select(*columns).where(*_narrowed(given, stubs=stubs, short=short, near=near))
    if near:
        query = query.join(Site, (Site.company_id == Company.id) & Site.is_main)
    fits = query.cte("fits").prefix_with("MATERIALIZED")

    def counted(facet: str, value: Any) -> Select[Any]:
        counts: list[Any] = [
            literal(facet).label("facet"),
            cast(value, Text()).label("value"),
            func.count().label("count"),
        ]
        return select(*counts).where(value.is_not(None)).group_by(value)

    # A company counts once for a section or topic that it has twice. Making pairs distinct
    # first lets PostgreSQL hash them; count(distinct …) would sort, which takes thrice as long.
    sectors = (
        select(CompanySector.section, fits.c.id)
        .join(fits, CompanySector.company_id == fits.c.id)
        .where(CompanySector.classification == WZ_2008)
        .distinct()
        .subquery()
    )
    topics = (
        select(Contact.topic, fits.c.id)
        .join(fits, Contact.company_id == fits.c.id)
        .distinct()
        .subquery()
    )
    counts: CompoundSelect[Any] = union_all(
        select(
            literal("all").label("facet"), literal("").label("value"), func.count().label("n")
        ).select_from(fits),
        counted("form", fits.c.form),
        counted("size_band", fits.c.size_band),
        counted("trains_apprentices", fits.c.trains_apprentices),
        counted("sector", sectors.c.section),
        counted("topic", topics.c.topic),
    )
    return counts.execution_options(plan_each_time=bool(near) or "q" in given)


class _Asking:
    """Filters, read: what is given, and the parameters it fills in."""

    def __init__(self, filters: CompanyFilters) -> None:
        names, self.short = name_params(filters.q)
        level, sector = sector_params(filters.sector)
        given = {
            name
            for name in ("form", "size_band", "topic", "trains_apprentices", "mediates_successions")
            if getattr(filters, name)
        }
        if names["name"]:
            given.add("q")
        if level:
            given.add(level)
        self.given = frozenset(given)
        self.near: Near = None
        self.params: dict[str, Any] = {
            **names,
            "form": filters.form,
            "size_band": filters.size_band,
            "topic": filters.topic,
            "radius_km": filters.radius_km,
            **sector,
        }


async def _asking(reader: Reader, filters: CompanyFilters) -> _Asking:
    asking = _Asking(filters)
    if filters.place:
        point = await find_point(reader, filters.place)
        asking.near = "around" if filters.radius_km else "in"
        asking.params |= {
            "place_id": point.id,
            "latitude": point.latitude,
            "longitude": point.longitude,
        }
    return asking


async def list_companies(reader: Reader, filters: CompanyFilters, paging: Paging) -> Page[Any]:
    """Return companies that fit, by name, by distance from the place asked for, or the newest.

    Everybody gets the same list. Imported companies are in it only where the operator publishes
    them, closed ones never. Rows have distance_km only where a place was asked for.
    """
    asking = await _asking(reader, filters)
    order = "name" if filters.order == "distance" and not asking.near else filters.order
    read = _companies(
        asking.given,
        stubs=policy.stubs_are_public(),
        short=asking.short,
        near=asking.near,
        order=order,
        after=paging.cursor is not None,
    )
    chosen = {"name": BY_NAME, "distance": BY_DISTANCE, "newest": NEWEST}[order]
    page = await chosen.fetch(reader, read, paging, asking.params)
    note_companies(Surface.DIRECTORY, [row.id for row in page.items])
    return page


async def count_facets(reader: Reader, filters: CompanyFilters) -> Counts:
    """Return how many companies fit, under ``all``, and how many of them have each value.

    Where they are many the counts may be ``KEPT_FOR`` old: they are the same for everybody, and
    counting tens of thousands takes longer than all else on the page.
    """
    asking = await _asking(reader, filters)
    read = _facets(
        asking.given, stubs=policy.stubs_are_public(), short=asking.short, near=asking.near
    )
    asked = (read, tuple(str(asking.params[name]) for name in sorted(read.required)))
    now = clock.now()
    if (kept := _kept.get(asked)) and timedelta() <= now - kept[0] < KEPT_FOR:
        return kept[1]
    counts: Counts = {
        name: {} for name in ("all", "sector", "size_band", "form", "topic", "trains_apprentices")
    }
    rows: Sequence[Any] = await reader.all(read, asking.params)
    for facet, value, count in sorted(rows, key=lambda row: tuple(map(str, row[:2]))):
        counts[facet][value] = count
    if counts["all"].get("", 0) >= MANY:
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[asked] = (now, counts)
    return counts
