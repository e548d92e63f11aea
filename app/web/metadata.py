"""What the head of every page tells search engines and whoever shares a link to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

from typing_extensions import override

from app.core.i18n import N_, translate
from app.core.settings import settings

# What of the query stays in the one address of a page; anything else narrows a list, or goes on
# in it, and such pages are not listed.
_KEPT = {"/posts": ("kind",)}
_FOREIGN = "utm_"  # added by those who share a link, and of no effect


@dataclass(frozen=True, slots=True)
class Head:
    """The one address of a page, and whether search engines should list what is shown."""

    address: str
    is_listed: bool


def base_url() -> str:
    """Return the address of this instance, without a slash at its end."""
    return settings().base_url.rstrip("/")


def head_of(path: str, query: Mapping[str, str]) -> Head:
    """Return what follows from the address that was asked for."""
    given = {name for name, text in query.items() if text and not name.startswith(_FOREIGN)}
    kept = [name for name in _KEPT.get(path, ()) if name in given]
    asked = "&".join(f"{name}={query[name]}" for name in kept)
    is_listed = not given - {*kept, "notice"}
    return Head(f"{base_url()}{path}{f'?{asked}' if asked else ''}", is_listed)


class _Trail(HTMLParser):
    """Reads the links of a trail, as browsers do."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))

    @override
    def handle_data(self, data: str) -> None:
        if self.links and data.strip():
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)


def breadcrumbs(trail: str, title: str, address: str) -> dict[str, Any]:
    """Return the way to a page (schema.org/BreadcrumbList) from the trail that is shown on it."""
    links = _Trail(trail).links
    if not links or links[0][0] != "/":
        links = [("/", translate(N_("Start"))), *links]
    steps = [*((f"{base_url()}{href}", text) for href, text in links), (address, unescape(title))]
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": text, "item": href}
            for number, (href, text) in enumerate(steps, 1)
        ],
    }


def website() -> dict[str, Any]:
    """Return what this instance is, who runs it, and how one searches it (schema.org/WebSite)."""
    base = base_url()
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": settings().site.name,
        "description": translate(settings().site.tagline),
        "url": f"{base}/",
        "publisher": {"@type": "Organization", "name": settings().operator.name, "url": f"{base}/"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}/search?q={{q}}"},
            "query-input": "required name=q",
        },
    }


def present(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the facts that schema.org has a name for."""
    return {name: value for name, value in facts.items() if value}
