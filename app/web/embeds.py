"""Posts on other websites: lists and posts to show in a frame, and oEmbed to find them by.

What stands in a foreign page is read as nobody, takes no cookie and sets none, runs no script, and
is the only thing of ours that may be framed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, PlainTextResponse, Response

from app.core.actor import ANONYMOUS
from app.core.drafts import Narrowing
from app.core.errors import Invalid, NotFound
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.reads import Reader
from app.core.settings import settings
from app.core.text import Line
from app.edge.deps import Reads
from app.edge.forms import read_form
from app.features.events.finding import EventFilters, dates_wanted, list_met_dates
from app.features.posts.drafts import KINDS
from app.features.posts.feed import list_posts
from app.features.posts.filtering import FACETS, PostFilters, filters_of
from app.features.posts.reading import read_post
from app.web.agenda import by_day
from app.web.metadata import base_url
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import cards_of

router = PageRouter()
SECONDS = 300  # for which a copy may be shown
SHOWN = 10  # posts in a frame
_FRAMED = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors *"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": f"public, max-age={SECONDS}",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame to put into another page; ``src`` is a path of ours."""

    src: str
    title: str
    width: int | None = None  # pixels; None: as wide as there is room
    height: int = 480

    @property
    def html(self) -> str:
        """The element, as an editor copies it."""
        src, title = escape(f"{base_url()}{self.src}"), escape(self.title)
        width = self.width or "100%"
        return (
            f'<iframe src="{src}" title="{title}" width="{width}" height="{self.height}" '
            'loading="lazy" style="border:0"></iframe>'
        )


def list_href(given: FormData) -> str:
    """Return the path of the list with these filters."""
    return _with_filters("/posts", given)


def embed_href(given: FormData) -> str:
    """Return where an editor copies the frame of the list with these filters."""
    return _with_filters("/embed", given)


def _with_filters(path: str, given: FormData) -> str:
    query = urlencode(_kept(given))
    return f"{path}?{query}" if query else path


def _kept(given: FormData) -> list[tuple[str, str]]:
    """Return the filters that narrow the list."""
    return [(name, str(value)) for name, value in given.multi_items() if value]


def _frame_of(given: FormData, **size: Any) -> Frame:
    """Return the frame of a list with these filters."""
    src = _with_filters("/embed/posts", given)
    return Frame(src, f"{_heading(given)} – {settings().site.name}", **size)


def _heading(given: FormData) -> str:
    kind = KINDS.get(str(given.get("kind") or ""))
    return translate(kind.plural if kind else N_("Beiträge"))


def dates_embed_href(given: FormData) -> str:
    """Return where an editor copies the frame of the dates with these filters."""
    return _with_filters("/embed/dates", given)


def _frame_of_dates(given: FormData, **size: Any) -> Frame:
    """Return the frame of the dates with these filters."""
    title = f"{translate(N_('Termine'))} – {settings().site.name}"
    return Frame(_with_filters("/embed/events", given), title, **size)


def oembed_href(path: str) -> str:
    """Return where programs ask how a page of ours is embedded."""
    return f"{base_url()}/oembed?{urlencode({'url': f'{base_url()}{path}'})}"


@router.get("/embed/posts")
async def posts(page: CurrentPage, reader: Reads) -> Response:
    """Show the first posts of a list in a frame, with the filters of the list."""
    given = page.asked(PostFilters)
    filters = await filters_of(reader, read_form(PostFilters, given))
    found = await list_posts(reader, ANONYMOUS, filters, Paging(SHOWN))
    answer = await page.framed(
        "embeds/posts.html",
        heading=_heading(given),
        cards=cards_of(found.items),
        all_href=list_href(given),
    )
    answer.headers.update(_FRAMED)
    return answer


@router.get("/embed/events")
async def events(page: CurrentPage, reader: Reads) -> Response:
    """Show the next dates in a frame, in the order of their days, with the filters of the list."""
    given = page.asked(EventFilters)
    wanted = await dates_wanted(reader, ANONYMOUS, read_form(EventFilters, given))
    found = await list_met_dates(reader, ANONYMOUS, wanted, Paging(SHOWN))
    answer = await page.framed(
        "embeds/events.html",
        heading=translate(N_("Termine")),
        days=by_day(found.items),
        all_href=_with_filters("/events", given),
    )
    answer.headers.update(_FRAMED)
    return answer


async def _shareable(reader: Reader, post_id: UUID) -> Any:
    """Return a post that may stand elsewhere: everybody may read it, and nobody is concealed."""
    view = await read_post(reader, ANONYMOUS, post_id)
    if view.row.is_concealed:
        raise NotFound
    return view.row


@router.get("/embed/posts/{post_id}")
async def post(post_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show one post in a frame."""
    row = await _shareable(reader, post_id)
    answer = await page.framed(
        "embeds/posts.html", heading=None, cards=cards_of([row]), all_href=f"/posts/{post_id}"
    )
    answer.headers.update(_FRAMED)
    return answer


@router.get("/embed")
async def choose(page: CurrentPage, reader: Reads) -> Response:
    """Let an editor choose a list, and show what to copy into their own pages."""
    given = page.asked(PostFilters)
    kind = KINDS.get(str(given.get("kind") or ""))
    return await _chosen(
        page,
        given,
        PostFilters,
        lambda wanted: filters_of(reader, wanted),
        action="/embed",
        leave_out=[name for name in FACETS if not (kind and kind.facet(name))],
        frame=_frame_of(given),
    )


@router.get("/embed/dates")
async def choose_dates(page: CurrentPage, reader: Reads) -> Response:
    """Let an editor choose dates, and show what to copy into their own pages."""
    given = page.asked(EventFilters)
    return await _chosen(
        page,
        given,
        EventFilters,
        lambda wanted: dates_wanted(reader, ANONYMOUS, wanted),
        action="/embed/dates",
        leave_out=["organiser", "group", "since", "until"],
        frame=_frame_of_dates(given),
    )


async def _chosen(
    page: Page,
    given: FormData,
    filters: type[Narrowing],
    understood: Callable[[Any], Awaitable[Any]],
    **shown: Any,
) -> Response:
    form = page.filters(filters, dict(given))
    try:
        await understood(read_form(filters, given))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
    return await page.render(
        "embeds/choose.html",
        status=422 if form.errors else 200,
        form=form,
        active=len(_kept(given)),
        **shown,
    )


class OEmbedAsked(BaseModel):
    """What a consumer asks (https://oembed.com): a page of ours, and how much room there is."""

    model_config = ConfigDict(extra="ignore")

    url: Annotated[str, Line(2_000)]
    maxwidth: Annotated[int, Field(ge=1, le=10_000)] = 600
    maxheight: Annotated[int, Field(ge=1, le=10_000)] = 480
    format: Annotated[str, Line(10)] = "json"


@router.get("/oembed")
async def oembed(reader: Reads, asked: Annotated[OEmbedAsked, Query()]) -> Response:
    """Say how a list or a post of ours is embedded; of other addresses nothing is known."""
    if asked.format != "json":
        return PlainTextResponse("json\n", 501)
    title, frame = await _embedded(reader, asked)
    return JSONResponse(
        {
            "version": "1.0",
            "type": "rich",
            "provider_name": settings().site.name,
            "provider_url": f"{base_url()}/",
            "title": title,
            "html": frame.html,
            "width": frame.width,
            "height": frame.height,
            "cache_age": SECONDS,
        },
        headers={
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": f"public, max-age={SECONDS}",
            "X-Robots-Tag": "noindex",
        },
    )


async def _embedded(reader: Reader, asked: OEmbedAsked) -> tuple[str, Frame]:
    """Return title and frame of the page that ``asked`` names."""
    size = {"width": min(asked.maxwidth, 600), "height": min(asked.maxheight, 480)}
    path, query = _own_path(asked.url)
    if path == "/posts":
        known = PostFilters.model_fields
        given = FormData({name: text for name, text in parse_qsl(query) if name in known})
        try:
            await filters_of(reader, read_form(PostFilters, given))
        except Invalid:
            raise NotFound from None
        frame = _frame_of(given, **size)
        return frame.title, frame
    if path == "/events":
        return await _embedded_dates(reader, query, size)
    if not path.startswith("/posts/"):
        raise NotFound
    try:
        post_id = UUID(path.removeprefix("/posts/"))
    except ValueError:
        raise NotFound from None
    row = await _shareable(reader, post_id)
    size["height"] = min(asked.maxheight, 240)
    return row.title, Frame(f"/embed/posts/{post_id}", row.title, **size)


async def _embedded_dates(reader: Reader, query: str, size: dict[str, int]) -> tuple[str, Frame]:
    known = EventFilters.model_fields
    given = FormData({name: text for name, text in parse_qsl(query) if name in known})
    try:
        await dates_wanted(reader, ANONYMOUS, read_form(EventFilters, given))
    except Invalid:
        raise NotFound from None
    frame = _frame_of_dates(given, **size)
    return frame.title, frame


def _own_path(url: str) -> tuple[str, str]:
    """Return path and query of a page of ours; NotFound for any other address."""
    try:
        given, own = urlsplit(url), urlsplit(base_url())
    except ValueError:
        raise NotFound from None
    if (given.scheme, given.netloc) != (own.scheme, own.netloc):
        raise NotFound
    return given.path.removeprefix(own.path), given.query
