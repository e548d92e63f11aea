"""Where a list is found as a feed: on its page as links, and in its head for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from app.core.i18n import N_, translate
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


def feed_links(name: str, asked: Iterable[tuple[str, object]] = ()) -> list[FeedLink]:
    """Return the feeds of the list called ``name`` (posts, groups, companies), with its filters."""
    kept = [(key, str(value)) for key, value in asked if value and key != "cursor"]
    query = f"?{urlencode(kept)}" if kept else ""
    return [
        FeedLink(f"{_API}/{name}.{form}{query}", MEDIA_TYPES[form], translate(text))
        for form, text in _NAMES.items()
        if form != FeedForm.ICS or name == "posts"
    ]
