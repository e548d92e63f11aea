"""Pages of municipalities, sectors and the region: who is here, what is posted, in numbers."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import Response

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.paging import Paging
from app.core.settings import settings
from app.edge.deps import Reads
from app.features.companies.contacts import (
    ByTopic,
    ContactView,
    contacts_around,
    contacts_in_sector,
)
from app.features.companies.newcomers import newest_companies
from app.features.feed.sector_groups import groups_of_sector
from app.features.follows.followed import follow_of
from app.features.groups.directory import GroupFilter, GroupOrder, list_groups
from app.features.people.newcomers import newest_people
from app.features.places.reading import find_area, path_of_place
from app.features.posts.feed import Filters, list_posts, start_page
from app.features.statistics.figures import REGION, Measure, place_subject, sector_subject
from app.features.statistics.reading import Line, Numbers, numbers_about, source
from app.models.follows import FollowTarget
from app.models.places import PlaceKind
from app.reference.codes import read_sector, said, section_or_division, sector_asked
from app.reference.sectors import WZ_2008, sector_label
from app.reference.topics import topic_choices, topic_titles
from app.web.agenda import next_dates
from app.web.feed_links import feed_links
from app.web.page import CurrentPage, PageRouter
from app.web.post_cards import cards_of

router = PageRouter()
FEW = Paging(5)


def _context(numbers: Numbers | None, data_path: str, tables: Iterable[Measure]) -> dict[str, Any]:
    """Return what ``statistics/_numbers.html`` draws."""
    return {
        "numbers": numbers,
        "tables": [(table, _drawn(numbers.table(table))) for table in tables if numbers],
        "measures": Measure,
        "source": source(),
        "data_path": data_path,
    }


def _drawn(lines: list[Line]) -> tuple[list[tuple[Line, float]], int]:
    """Return the lines of a chart with their lengths in per cent, and how many are withheld."""
    shown = [(line, line.figure.value) for line in lines if line.figure.value is not None]
    most = max((value for _, value in shown), default=0) or 1
    return [(line, 100 * value / most) for line, value in shown], len(lines) - len(shown)


def _kinds(numbers: Numbers | None, list_path: str) -> list[tuple[str, Line]]:
    """Return every kind with its number of posts and the path of the list of them."""
    lines = numbers.table(Measure.OPEN_POSTS_BY_KIND) if numbers else []
    return [(f"{list_path}kind={line.figure.item}", line) for line in lines]


def _titled(contacts: ByTopic) -> list[tuple[str, list[ContactView]]]:
    """Return contact persons under the titles of their topics."""
    return [(topic_titles([topic])[0], several) for topic, several in contacts.items()]


@router.get("/places/{place}")
async def show_place(place: str, page: CurrentPage, reads: Reads) -> Response:
    """Show a municipality, district or state; what names a postcode leads to its municipality."""
    found = await find_area(reads, place[:120])
    if found.kind == PlaceKind.POSTCODE:
        return page.go(f"/places/{found.parent_id}")
    path = path_of_place(found)
    if path != f"/places/{place}":
        return page.moved(path)
    actor: Actor = page.actor
    numbers = await numbers_about(reads, place_subject(found.id))
    posts = await list_posts(reads, actor, Filters(place_id=found.id), FEW)
    groups = await list_groups(
        reads, actor, GroupFilter(place_id=found.id), FEW, order=GroupOrder.NAME
    )
    named = found.code if found.has_namesake and found.code.isdigit() else found.name
    asked = urlencode({"place": named})
    return await page.render(
        "places/show.html",
        place=found,
        around=(f"/places/{found.parent_code}", found.parent_name)
        if found.kind == PlaceKind.MUNICIPALITY and (found.parent_code or "").isdigit()
        else None,
        asked=asked,
        companies=await newest_companies(reads, place_id=found.id),
        people=await newest_people(reads, actor, found.id),
        groups=groups.items,
        contacts=_titled(await contacts_around(reads, actor, found)),
        kinds=_kinds(numbers, f"/posts?{asked}&"),
        agenda=await next_dates(reads, actor, f"/events?{asked}", Filters(place_id=found.id)),
        cards=cards_of(posts.items),
        feeds=feed_links("posts", [("place", named)]),
        follow_id=await follow_of(reads, actor, FollowTarget.PLACE, found.id),
        **_context(
            numbers,
            f"/api/v1{path}/statistics",
            (Measure.COMPANIES_BY_SECTOR, Measure.POSTS_BY_KIND, Measure.POSTS_BY_MONTH),
        ),
    )


@router.get("/sectors/{sector}")
async def show_sector(sector: str, page: CurrentPage, reads: Reads) -> Response:
    """Show a section or division; a code without its edition is one of WZ 2008."""
    found = section_or_division(sector)
    if found is None and (known := read_sector(f"{WZ_2008}:{sector}")):
        return page.moved(f"/sectors/{known.classification}:{quote(known.code)}")
    if found is None:
        raise NotFound
    actor: Actor = page.actor
    titled = sector_label(found.code, found.classification)
    above = sector_label(found.section, found.classification) if found.division else None
    numbers = await numbers_about(reads, sector_subject(sector))
    posts = await list_posts(reads, actor, Filters(sector=sector), FEW)
    short = sector_asked(found)
    asked = urlencode({"sector": short})
    tables = (Measure.COMPANIES_BY_PLACE, Measure.POSTS_BY_KIND, Measure.POSTS_BY_MONTH)
    return await page.render(
        "places/sector.html",
        sector=sector,
        title=said(titled) if titled else sector,
        classification=found.classification,
        above=(f"/sectors/{found.classification}:{found.section}", said(above)) if above else None,
        asked=asked,
        companies=await newest_companies(reads, sector=short),
        groups=(await groups_of_sector(reads, actor, sector, Paging(10))).items,
        contacts=_titled(await contacts_in_sector(reads, actor, short)),
        kinds=_kinds(numbers, f"/posts?{asked}&"),
        agenda=await next_dates(reads, actor, f"/events?{asked}", Filters(sector=sector)),
        cards=cards_of(posts.items),
        feeds=feed_links("posts", [("sector", short)]),
        follow_id=await follow_of(reads, actor, FollowTarget.SECTOR, sector),
        **_context(
            numbers,
            f"/api/v1/sectors/{sector}/statistics",
            tables if not found.division else tables[1:],
        ),
    )


@router.get("/region")
async def show_region(page: CurrentPage, reads: Reads) -> Response:
    """Show all municipalities of the region with their numbers, groups and topics."""
    numbers = await numbers_about(reads, REGION)
    groups = await list_groups(reads, page.actor, GroupFilter(), FEW, order=GroupOrder.NEWEST)
    posts = await start_page(reads, page.actor, FEW)
    return await page.render(
        "places/region.html",
        asked="",
        region_name=settings().site.region_name,
        towns=_towns(numbers),
        groups=groups.items,
        topics=topic_choices(page.actor.locale),
        kinds=_kinds(numbers, "/posts?"),
        agenda=await next_dates(reads, page.actor, "/events", Filters()),
        cards=cards_of(posts.items),
        feeds=feed_links("posts"),
        **_context(
            numbers,
            "/api/v1/region/statistics",
            (Measure.COMPANIES_BY_SECTOR, Measure.POSTS_BY_KIND, Measure.POSTS_BY_MONTH),
        ),
    )


def _towns(numbers: Numbers | None) -> list[tuple[Line, Line, Line]]:
    """Return companies, people and posts of each municipality, by name."""
    if numbers is None:
        return []
    columns = [
        sorted(numbers.table(measure), key=lambda line: line.label)
        for measure in (
            Measure.COMPANIES_BY_PLACE, Measure.PEOPLE_BY_PLACE, Measure.POSTS_BY_PLACE
        )
    ]  # fmt: skip
    return list(zip(*columns, strict=True))
