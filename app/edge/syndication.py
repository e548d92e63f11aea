"""A list in the forms in which other programs subscribe to it: Atom, JSON Feed and iCalendar.

Atom is RFC 4287, JSON Feed version 1.1, iCalendar RFC 5545. A list becomes a ``Channel`` once, and
every form is made from that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.core.settings import settings
from app.features.posts.occasions import Occasion

ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED = "https://jsonfeed.org/version/1.1"
MAX_ENTRIES = 50
MAX_DATED = 100  # posts that one calendar is made of
SECONDS = 300  # for which a copy may be shown
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # when a list with nothing in it was changed last


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


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list; ``path`` is its page. ``tags`` are (term, label or None)."""

    id: str
    title: str
    path: str
    published: datetime
    updated: datetime
    text: str
    author: str | None = None
    author_path: str | None = None
    place: str | None = None
    tags: Sequence[tuple[str, str | None]] = ()
    occasions: Sequence[Occasion] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """A list with what it is called, the address of its page, and its entries, in their order."""

    title: str
    page: str
    address: str
    locale: str
    entries: Sequence[Entry] = field(default_factory=tuple)

    @property
    def updated(self) -> datetime:
        """When the latest change was."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


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


async def syndicated(channel: Channel, form: FeedForm) -> Response:
    """Answer with ``channel`` in one of the forms; anybody may keep it for a while."""
    if form == FeedForm.ICS:  # takes a tenth of a second
        content = await run_in_threadpool(_calendar, channel)
    else:
        content = _atom(channel) if form == FeedForm.ATOM else _json_feed(channel)
    return Response(
        content,
        media_type=f"{MEDIA_TYPES[form]}; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={SECONDS}"},
    )


def _at(path: str) -> str:
    """Return the full address of a path of ours."""
    return f"{settings().base_url.rstrip('/')}{path}"


def _atom(channel: Channel) -> bytes:
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": channel.locale})
    _add(feed, "title", channel.title)
    _add(feed, "id", _at(channel.address))
    _add(feed, "link", href=_at(channel.address), rel="self", type=MEDIA_TYPES[FeedForm.ATOM])
    _add(feed, "link", href=_at(channel.page), rel="alternate", type="text/html")
    _add(feed, "updated", channel.updated.isoformat())
    _add(_add(feed, "author"), "name", settings().site.name)
    for entry in channel.entries:
        one = _add(feed, "entry")
        _add(one, "title", entry.title)
        _add(one, "id", f"urn:uuid:{entry.id}")
        _add(one, "link", href=_at(entry.path), rel="alternate", type="text/html")
        _add(one, "published", entry.published.isoformat())
        _add(one, "updated", entry.updated.isoformat())
        for term, label in entry.tags:
            _add(one, "category", term=term, **({"label": label} if label else {}))
        if entry.author:
            author = _add(one, "author")
            _add(author, "name", entry.author)
            if entry.author_path:
                _add(author, "uri", _at(entry.author_path))
        _add(one, "summary", entry.text, type="text")
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    added = ET.SubElement(parent, name, attributes)
    added.text = text
    return added


def _json_feed(channel: Channel) -> bytes:
    home = FeedAuthorOut(name=settings().site.name, url=_at("/"))
    feed = JsonFeedOut(
        version=JSON_FEED,
        title=channel.title,
        home_page_url=_at(channel.page),
        feed_url=_at(channel.address),
        language=channel.locale,
        authors=[home],
        items=[
            FeedItemOut(
                id=f"urn:uuid:{entry.id}",
                url=_at(entry.path),
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
    return FeedAuthorOut(name=entry.author or "", url=_at(path) if path else None)


def _calendar(channel: Channel) -> bytes:
    """Return what the entries name of days; an event of the same UID is the same event, moved."""
    from icalendar import Calendar, Event, Timezone  # noqa: PLC0415 - half a second, for few

    host = urlsplit(settings().base_url).hostname or "kontor"
    calendar = Calendar()
    calendar.add("prodid", "-//Kontor//DE")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", channel.title)
    calendar.add("x-wr-calname", channel.title)
    calendar.add("url", _at(channel.page))
    calendar.add("source", _at(channel.address), parameters={"VALUE": "URI"})
    calendar.add("refresh-interval", timedelta(hours=6), parameters={"VALUE": "DURATION"})
    # There, too, where no event is: RFC 5545, 3.4 asks for one component at least.
    calendar.add_component(Timezone.from_tzid(settings().site.time_zone))
    for entry in channel.entries:
        for occasion in entry.occasions:
            event = Event()
            event.add("uid", f"{entry.id}-{occasion.key}@{host}")
            event.add("dtstamp", entry.updated.astimezone(UTC))
            event.add("last-modified", entry.updated.astimezone(UTC))
            event.add("created", entry.published.astimezone(UTC))
            _add_times(event, occasion)
            event.add("summary", f"{occasion.text}: {entry.title}")
            event.add("description", f"{entry.text}\n\n{_at(entry.path)}".strip())
            event.add("url", _at(entry.path))
            event.add("transp", "TRANSPARENT")
            if entry.place:
                event.add("location", entry.place)
            event.add("categories", [label or term for term, label in entry.tags])
            calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _add_times(event: Any, occasion: Occasion) -> None:
    """Give an event its day, or its time; the end of a day is the next one (RFC 5545, 3.6.1)."""
    starts, ends = occasion.starts, occasion.ends
    if isinstance(starts, datetime):
        zone = settings().zone
        event.add("dtstart", starts.astimezone(zone))
        if ends and ends > starts:
            event.add("dtend", ends.astimezone(zone))
    else:
        event.add("dtstart", starts)
        event.add("dtend", starts + timedelta(days=1))
