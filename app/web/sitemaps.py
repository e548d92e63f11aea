"""Sitemaps (https://www.sitemaps.org): an index, and behind it what search engines may list."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from app.edge.deps import Reads
from app.features.posts.drafts import KINDS
from app.features.sitemaps import addresses
from app.features.sitemaps.addresses import Address, Section, addresses_from, parts_of
from app.reference.sectors import WZ_2008, sections
from app.web.metadata import base_url
from app.web.page import PageRouter

router = PageRouter()
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_KEPT = {"Cache-Control": "public, max-age=3600"}
_BEGINNING = UUID(int=0)
_PAGES = (
    "/", "/posts", "/events", "/groups", "/companies", "/contacts", "/region", "/ordering", "/api",
)  # fmt: skip


def _at(path: str) -> str:
    """Return the full address of a path, which has nothing in it that XML would misunderstand."""
    return f"{base_url()}{path}"


def _entry(tag: str, path: str, changed: datetime | None = None) -> str:
    dated = f"<lastmod>{changed.isoformat(timespec='seconds')}</lastmod>" if changed else ""
    return f"<{tag}><loc>{_at(path)}</loc>{dated}</{tag}>\n"


def _xml(content: AsyncIterator[str] | Iterable[str]) -> Response:
    return StreamingResponse(content, media_type="application/xml; charset=utf-8", headers=_KEPT)


@router.get("/sitemap.xml")
async def index(reader: Reads) -> Response:
    """Name every sitemap; each has at most 50,000 addresses."""
    lines = [_XML, f"<sitemapindex {_NAMESPACE}>\n", _entry("sitemap", "/sitemaps/pages.xml")]
    for section in Section:
        parts = await parts_of(reader, section, addresses.PART)
        lines += [
            _entry("sitemap", f"/sitemaps/{section}.xml?first={part.first}", part.changed)
            for part in parts
        ]
    return _xml([*lines, "</sitemapindex>\n"])


@router.get("/sitemaps/pages.xml")
async def pages() -> Response:
    """List the pages that are there in every region."""
    kinds = (f"/posts?kind={key}" for key in KINDS)
    paths = [*_PAGES, *kinds, *(f"/sectors/{WZ_2008}:{letter}" for letter in sections(WZ_2008))]
    lines = [_entry("url", path) for path in paths]
    return _xml([_XML, f"<urlset {_NAMESPACE}>\n", *lines, "</urlset>\n"])


@router.get("/sitemaps/{section}.xml")
async def part(section: Section, reader: Reads, first: UUID = _BEGINNING) -> Response:
    """List one part of a section, from its first key on."""
    batches = addresses_from(reader, section, first, addresses.PART)
    return _xml(_urlset(batches))


async def _urlset(batches: AsyncIterator[list[Address]]) -> AsyncIterator[str]:
    yield f"{_XML}<urlset {_NAMESPACE}>\n"
    async for batch in batches:
        yield "".join(_entry("url", one.path, one.changed) for one in batch)
    yield "</urlset>\n"
