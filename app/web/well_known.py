"""Files that machines look for at fixed addresses."""

from datetime import timedelta

from starlette.responses import FileResponse, PlainTextResponse, Response

from app.core import clock
from app.core.settings import settings
from app.edge.deps import Reads
from app.edge.health import database_answers
from app.web.environment import STATIC
from app.web.metadata import base_url
from app.web.page import PageRouter

router = PageRouter()
_PRIVATE = (
    "/api/", "/settings", "/me/", "/notifications", "/bookmarks", "/feed", "/follows",
    "/inquiries", "/messages", "/search", "/sign-in", "/sign-up", "/oembed",
    "/posts/new", "/groups/new", "/companies/new", "/operator/", "/dev/",
)  # fmt: skip
_FEEDS = ("/api/v1/posts.", "/api/v1/groups.", "/api/v1/companies.")  # a longer path wins


@router.get("/robots.txt")
async def robots() -> Response:
    """Ask search engines to leave alone what is nobody's but the reader's (RFC 9309)."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _PRIVATE),
        *(f"Allow: {path}" for path in _FEEDS),
        "",
        f"Sitemap: {base_url()}/sitemap.xml",
    ]
    return PlainTextResponse("\n".join([*lines, ""]))


@router.get("/.well-known/security.txt")
async def security() -> Response:
    """Say to whom a weakness is reported (RFC 9116)."""
    expires = (clock.now() + timedelta(days=180)).replace(microsecond=0, second=0)
    base = base_url()
    lines = [
        f"Contact: mailto:{settings().operator.email}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        "Preferred-Languages: de, en",
        f"Canonical: {base}/.well-known/security.txt",
    ]
    return PlainTextResponse("\n".join([*lines, ""]))


@router.get("/push-worker.js")
async def push_worker() -> Response:
    """Return the script that shows messages in browsers, which acts for the folder it lies in."""
    return FileResponse(STATIC / "push-worker.js", media_type="text/javascript")


@router.get("/healthz")
async def health(reads: Reads) -> Response:
    """Answer 200 if requests can be served now, else 503; no details."""
    healthy = await database_answers(reads)
    return PlainTextResponse("ok\n" if healthy else "unavailable\n", 200 if healthy else 503)
