"""A list in the forms in which other programs subscribe to it: Atom, JSON Feed and iCalendar.

Atom is RFC 4287, JSON Feed version 1.1; calendars are made next door. A list becomes a ``Channel``
once, and every form is made from that.
"""

from datetime import datetime
from enum import StrEnum
from xml.etree import ElementTree as ET

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.core.settings import settings
from app.edge.calendars import calendar_of
from app.edge.channels import Channel, Entry, at

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
MAX_ENTRIES = 50
MAX_DATED = 100  # posts that one calendar is made of
SECONDS = 300  # for which a copy may be shown


class FeedForm(StrEnum):
    """The ending of a feed's address."""

    ATOM = "atom"
    JSON = "json"
    ICS = "ics"


MEDIA_TYPES = {
    FeedForm.ATOM: "application/atom+xml",
    FeedForm.JSON: "application/feed+json",
    FeedForm.ICS: "text/calendar",
}


class FeedAuthorOut(BaseModel):
    """Who wrote an entry, or keeps a list."""

    name: str
    url: str | None = None


class FeedItemOut(BaseModel):
    """An entry of a JSON Feed."""

    id: str
    url: str
    title: str
    content_text: str
    date_published: datetime
    date_modified: datetime
    authors: list[FeedAuthorOut]
    tags: list[str]
    language: str


class JsonFeedOut(BaseModel):
    """A list as a JSON Feed (https://jsonfeed.org/version/1.1)."""

    version: str = Field(description="Always `https://jsonfeed.org/version/1.1`.")
    title: str
    home_page_url: str = Field(description="The page of the list.")
    feed_url: str
    language: str
    authors: list[FeedAuthorOut]
    items: list[FeedItemOut]


async def syndicated(channel: Channel, form: FeedForm, *, is_private: bool = False) -> Response:
    """Answer with ``channel`` in one of the forms; anybody may keep it for a while.

    What ``is_private`` only its reader may keep.
    """
    if form == FeedForm.ICS:  # takes a tenth of a second
        content = await run_in_threadpool(calendar_of, channel)
    else:
        content = _atom(channel) if form == FeedForm.ATOM else _json_feed(channel)
    whose = "private" if is_private else "public"
    return Response(
        content,
        media_type=f"{MEDIA_TYPES[form]}; charset=utf-8",
        headers={"Cache-Control": f"{whose}, max-age={SECONDS}"},
    )


def _atom(channel: Channel) -> bytes:
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": channel.locale})
    _add(feed, "title", channel.title)
    _add(feed, "id", at(channel.address))
    _add(feed, "link", href=at(channel.address), rel="self", type=MEDIA_TYPES[FeedForm.ATOM])
    _add(feed, "link", href=at(channel.page), rel="alternate", type="text/html")
    _add(feed, "updated", channel.updated.isoformat())
    _add(_add(feed, "author"), "name", settings().site.name)
    for entry in channel.entries:
        one = _add(feed, "entry")
        _add(one, "title", entry.title)
        _add(one, "id", f"urn:uuid:{entry.id}")
        _add(one, "link", href=at(entry.path), rel="alternate", type="text/html")
        _add(one, "published", entry.published.isoformat())
        _add(one, "updated", entry.updated.isoformat())
        for term, label in entry.tags:
            _add(one, "category", term=term, **({"label": label} if label else {}))
        if entry.author:
            author = _add(one, "author")
            _add(author, "name", entry.author)
            if entry.author_path:
                _add(author, "uri", at(entry.author_path))
        _add(one, "summary", entry.text, type="text")
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    added = ET.SubElement(parent, name, attributes)
    added.text = text
    return added


def _json_feed(channel: Channel) -> bytes:
    home = FeedAuthorOut(name=settings().site.name, url=at("/"))
    feed = JsonFeedOut(
        version=JSON_FEED,
        title=channel.title,
        home_page_url=at(channel.page),
        feed_url=at(channel.address),
        language=channel.locale,
        authors=[home],
        items=[
            FeedItemOut(
                id=f"urn:uuid:{entry.id}",
                url=at(entry.path),
                title=entry.title,
                content_text=entry.text or entry.title,
                date_published=entry.published,
                date_modified=entry.updated,
                authors=[_author(entry)] if entry.author else [home],
                tags=[label or term for term, label in entry.tags],
                language=channel.locale,
            )
            for entry in channel.entries
        ],
    )
    return feed.model_dump_json(exclude_none=True).encode()


def _author(entry: Entry) -> FeedAuthorOut:
    path = entry.author_path
    return FeedAuthorOut(name=entry.author or "", url=at(path) if path else None)
