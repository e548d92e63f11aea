"""The pages by which people find dates: a list day by day, and a month."""

from collections import Counter
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.datastructures import FormData
from starlette.responses import Response

from app.core import clock
from app.core.errors import Invalid
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.edge.deps import Reads
from app.edge.forms import Form, Option, read_form
from app.features.events.counting import Counts, Names, count_dates
from app.features.events.finding import (
    DatesWanted,
    EventFilters,
    dates_wanted,
    list_met_dates,
    narrowing_posts,
)
from app.features.events.months import month_of, read_month
from app.features.events.reading import DateView
from app.features.posts.feed import home_of
from app.web.agenda import NEAR_KM, by_day, href_of
from app.web.embeds import dates_embed_href, oembed_href
from app.web.feed_links import feed_links
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()
SHOWN = 40
# What posts can be narrowed by as well: feeds are of events, so those of time and room are not.
_OF_POSTS = (
    "q", "place", "radius_km", "event_type", "attendance", "sector", "occupation", "tag",
)  # fmt: skip


def _with(path: str, given: FormData, *leave_out: str, **changes: str) -> str:
    """Return a path with the filters that are set."""
    kept = [(name, str(value)) for name, value in given.multi_items() if value]
    kept = [(name, value) for name, value in kept if name not in {*leave_out, *changes}]
    query = urlencode([*kept, *changes.items()])
    return f"{path}?{query}" if query else path


async def _near(reader: Reader, page: Page, path: str, given: FormData) -> str | None:
    """Return the address of the dates around the reader's own place, if they named one."""
    home = await home_of(reader, page.actor)
    if home is None:
        return None
    return _with(path, given, place=home.name, radius_km=str(NEAR_KM))


def _offer(form: Form, counts: Counts, names: Names) -> None:
    """Write beside each choice how many dates there are; suggest organisers and groups."""
    for name in ("event_type", "attendance", "sector"):
        for option in form[name].options:
            if option.value:
                option.label = f"{option.label} ({counts[name].get(option.value, 0)})"
    for name, found in names.items():
        alike = Counter(label for _, label in found)
        form[name].options = [
            Option(
                label if alike[label] == 1 else value,
                f"{label} ({counts[name][value]})",
                selected=False,
            )
            for value, label in found
        ]


async def _narrowed(
    page: Page, reader: Reader
) -> tuple[FormData, Form, DatesWanted | None, Counts]:
    """Return what is asked for; None if it is not understood, which then stands in the form."""
    given = page.asked(EventFilters)
    form = page.filters(EventFilters, dict(given))
    try:
        wanted = await dates_wanted(reader, page.actor, read_form(EventFilters, given))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
        return given, form, None, {}
    counts, names = await count_dates(reader, page.actor, wanted)
    _offer(form, counts, names)
    for name, called in wanted.names.items():
        form[name].value = called
    return given, form, wanted, counts


def _left_out(form: Form, *names: str) -> list[str]:
    """Return the questions that are not asked: those named, and those without a choice."""
    asked = (form["organiser"], form["group"])
    empty = [field.name for field in asked if not (field.options or field.value)]
    return [*names, *empty, *(() if form["tag"].value else ("tag",))]


async def _choosing(
    path: str, given: FormData, form: Form, reader: Reader, wanted: DatesWanted | None
) -> dict[str, Any]:
    """Return what the list and the month have in common."""
    today = clock.today(settings().zone)
    organiser = await narrowing_posts(reader, wanted.organiser if wanted else None)
    kept = [("kind", "event"), *((name, given.get(name)) for name in _OF_POSTS)]
    group = wanted.events.params.get("group_id") if wanted else None
    return {
        "form": form,
        "active": sum(1 for value in given.values() if value),
        "list_href": _with("/events", given),
        "month_href": _with(f"/events/month/{today:%Y-%m}", given, "since", "until"),
        "feeds": feed_links("posts", [*kept, ("group", group), *organiser.items()]),
        "embed": dates_embed_href(given),
        "reset_href": path,
    }


@router.get("/events")
async def events(
    page: CurrentPage,
    reader: Reads,
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Show the dates to come day by day, with every filter."""
    given, form, wanted, counts = await _narrowed(page, reader)
    found: Part[DateView] = Part([])
    if wanted:
        found = await list_met_dates(reader, page.actor, wanted, Paging(SHOWN, cursor))
    return await page.render(
        "events/list.html",
        status=422 if form.errors else 200,
        **await _choosing("/events", given, form, reader, wanted),
        leave_out=_left_out(form),
        oembed=oembed_href(_with("/events", given)),
        total=counts.get("all", {}).get("", 0),
        near=await _near(reader, page, "/events", given),
        days=by_day(found.items),
        next=found.next,
        cursor=cursor,
    )


@router.get("/events/month")
async def this_month(page: CurrentPage) -> Response:
    """Lead to the present month."""
    today = clock.today(settings().zone)
    return page.go(_with(f"/events/month/{today:%Y-%m}", page.asked(EventFilters)))


@router.get("/events/month/{month}")
async def month(month: str, page: CurrentPage, reader: Reads) -> Response:
    """Show a month as a calendar, with the filters of the list but for its time."""
    first = month_of(month)
    given, form, wanted, _ = await _narrowed(page, reader)
    path = f"/events/month/{month}"
    found = await read_month(reader, page.actor, wanted or DatesWanted(), first)

    def of(other: date | None) -> str | None:
        return _with(f"/events/month/{other:%Y-%m}", given) if other else None

    return await page.render(
        "events/month.html",
        status=422 if form.errors else 200,
        **await _choosing(path, given, form, reader, wanted),
        leave_out=_left_out(form, "since", "until"),
        path_of_month=path,
        month=found,
        before=of(found.before),
        after=of(found.after),
        near=await _near(reader, page, path, given),
        href_of=href_of,
        day_href=lambda day: _with("/events", given, since=str(day), until=str(day)),
    )
