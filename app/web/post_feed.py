"""Any list of posts as an Atom feed (RFC 4287), for a town's website or a feed reader."""

from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

from starlette.responses import Response

from app.core import clock
from app.core.actor import ANONYMOUS
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.core.settings import settings
from app.edge.deps import Reads
from app.edge.forms import read_form
from app.features.posts.drafts import KINDS
from app.features.posts.feed import list_posts
from app.features.posts.filtering import PostFilters, filters_of
from app.web.page import CurrentPage, PageRouter
from app.web.post_cards import Card, cards_of

router = PageRouter()
ATOM = "http://www.w3.org/2005/Atom"
ENTRIES = 50
SECONDS = 300  # for which a copy may be shown


@router.get("/posts.atom")
async def feed(page: CurrentPage, reader: Reads) -> Response:
    """Answer with the posts that everybody may read, whoever asks; filters are as of the list."""
    filters = await filters_of(reader, read_form(PostFilters, page.asked(PostFilters)))
    found = await list_posts(reader, ANONYMOUS, filters, Paging(ENTRIES))
    kind = KINDS.get(filters.kind or "")
    heading = translate(kind.plural) if kind else translate(N_("Beiträge"))
    query = page.request.url.query
    content = _document(heading, query, cards_of(found.items))
    return Response(
        content,
        media_type="application/atom+xml; charset=utf-8",
        headers={
            "Cache-Control": f"public, max-age={SECONDS}",
            "Access-Control-Allow-Origin": "*",
        },
    )


def _document(heading: str, query: str, cards: list[Card]) -> bytes:
    base = settings().base_url.rstrip("/")
    asked = f"?{query}" if query else ""
    feed = ET.Element("feed", {"xmlns": ATOM})
    _add(feed, "title", f"{heading} – {settings().site.name}")
    _add(feed, "id", f"{base}/posts.atom{asked}")
    _add(feed, "link", href=f"{base}/posts.atom{asked}", rel="self", type="application/atom+xml")
    _add(feed, "link", href=f"{base}/posts{asked}", rel="alternate", type="text/html")
    latest = max((_changed(card.row) for card in cards), default=clock.now())
    _add(feed, "updated", latest.isoformat())
    for card in cards:
        _add_entry(feed, base, card)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _changed(row: Any) -> datetime:
    changed: datetime = row.edited_at or row.published_at
    return changed


def _add_entry(feed: ET.Element, base: str, card: Card) -> None:
    row = card.row
    entry = ET.SubElement(feed, "entry")
    _add(entry, "title", row.title)
    _add(entry, "id", f"urn:uuid:{row.id}")
    _add(entry, "link", href=f"{base}{card.href}", rel="alternate", type="text/html")
    _add(entry, "published", row.published_at.isoformat())
    _add(entry, "updated", _changed(row).isoformat())
    _add(entry, "category", term=row.kind, label=card.kind)
    for _, tag in card.tags:
        _add(entry, "category", term=tag)
    author = ET.SubElement(entry, "author")
    _add(author, "name", card.names.company or card.names.person)
    facts = [": ".join(fact) for fact in card.facts]
    _add(entry, "summary", "\n".join([*facts, row.excerpt]).strip(), type="text")


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text
