"""Where a list is found as a feed: on its page as links, and in its head for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.core.i18n import N_, translate
from app.core.settings import settings
from app.edge.syndication import MEDIA_TYPES, FeedForm

_API = "/api/v1"  # feeds stand beside the lists of the contract
_NAMES = {
    FeedForm.ATOM: N_("Atom"),
    FeedForm.JSON: N_("JSON Feed"),
    FeedForm.ICS: N_("Kalender"),
}


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One form of a list."""

    href: str
    media_type: str
    name: str

    @property
    def webcal(self) -> str | None:
        """The address by which calendar programs subscribe, where it is a calendar."""
        if self.media_type != MEDIA_TYPES[FeedForm.ICS]:
            return None
        return webcal(self.href)


def webcal(href: str) -> str:
    """Return the address of a calendar of ours as calendar programs subscribe to it."""
    return f"webcal://{settings().base_url.partition('://')[2].rstrip('/')}{href}"


def feed_links(name: str, asked: Iterable[tuple[str, object]] = ()) -> list[FeedLink]:
    """Return the feeds of the list called ``name`` (posts, groups, companies), with its filters."""
    kept = [(key, str(value)) for key, value in asked if value and key != "cursor"]
    query = f"?{urlencode(kept)}" if kept else ""
    return [
        FeedLink(f"{_API}/{name}.{form}{query}", MEDIA_TYPES[form], translate(text))
        for form, text in _NAMES.items()
        if form != FeedForm.ICS or name == "posts"
    ]


def calendar_links(row: Any) -> list[FeedLink]:
    """Return the calendars of an event that everybody may read: its own, and its company's."""
    media_type = MEDIA_TYPES[FeedForm.ICS]
    own = translate(N_("In Kalender übernehmen (.ics)"))
    found = [FeedLink(f"{_API}/events/{row.id}.ics", media_type, own)]
    if row.company_id:
        name = translate(N_("Alle Veranstaltungen von %(name)s"), name=row.company_name)
        query = urlencode({"kind": "event", "company": str(row.company_id)})
        found.append(FeedLink(f"{_API}/posts.ics?{query}", media_type, name))
    return found
