"""The Markdown dialect people write in: its parser, and what of its HTML is let through."""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import nh3
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from typing_extensions import override

SLUG: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_LINK: Final = 1_000  # characters
TAG: Final = r"[^\W\d_][\w-]{0,38}[^\W_]"
# Direction overrides and isolates, zero-width space, word joiner, byte order mark.
INVISIBLE: Final = "\\u200b\\u202a-\\u202e\\u2060\\u2066-\\u2069\\ufeff"

find_invisible = re.compile(f"[{INVISIBLE}]")
find_mention = re.compile(rf"(?<![\w@/.+-])@(?:\[({SLUG})\]|({SLUG}))")
find_tag = re.compile(rf"(?<![\w#/&])#({TAG})")


class _BoundedLinkify(LinkifyIt):  # type: ignore[misc]  # it has no types
    """Reads at most ``MAX_LINK`` characters for each address, not all that follows."""

    @override
    def test_schema_at(self, text: str, name: str, position: int) -> int:
        return int(super().test_schema_at(text[: position + MAX_LINK], name, position))


_options = {"html": False, "linkify": True, "breaks": True, "maxNesting": 20}
_markdown = MarkdownIt("commonmark", _options)
_markdown.enable(["linkify", "table", "strikethrough"]).disable("image")
_markdown.linkify = _BoundedLinkify({"//": None, "ftp:": None})


def _link(href: str, text: str) -> list[Token]:
    shown = Token("text", "", 0, content=text)
    return [Token("link_open", "a", 1, attrs={"href": href}), shown, Token("link_close", "a", -1)]


def _with_mentions(token: Token, mentions: Mapping[str, str]) -> Iterator[Token]:
    """Split a text token at the mentions whose page is known."""
    start = 0
    for found in find_mention.finditer(token.content):
        if (href := mentions.get(found[1] or found[2])) is not None:
            yield Token("text", "", 0, content=token.content[start : found.start()])
            yield from _link(href, f"@{found[1] or found[2]}")
            start = found.end()
    yield Token("text", "", 0, content=token.content[start:])


def _true_host(href: str, label: str) -> str | None:
    """Return where a link leads if its label names the web address of another host."""
    claimed = re.search(r"(?:https?://|www\.)([^\s/?#:]+)", label.casefold())
    try:
        host = urlsplit(href).hostname
    except ValueError:
        return None
    if claimed is None or host is None:
        return None
    return None if claimed[1].removeprefix("www.") == host.removeprefix("www.") else host


def _rewrite(state: StateCore) -> None:
    """Shift headings to h3 and below, link mentions, and name the host of misleading links."""
    for block in state.tokens:
        if block.type in {"heading_open", "heading_close"}:
            block.tag = f"h{min(int(block.tag[1]) + 2, 6)}"
        written, href, label = list[Token](), "", list[str]()
        for token in block.children or ():
            if token.type == "link_open":
                href, label = str(token.attrs.get("href", "")), []
            if token.type == "text" and not href:
                written += _with_mentions(token, state.env.get("mentions", {}))
                continue
            written.append(token)
            if token.type == "link_close":
                if host := _true_host(href, "".join(label)):
                    written.append(Token("text", "", 0, content=f" ({host})"))
                href = ""
            label.append(token.content)
        if block.children:
            block.children = written


_markdown.core.ruler.push("rewrite", _rewrite)


def _kept_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return value if re.fullmatch(r"language-[a-z0-9-]{1,20}", value) else None
    if tag == "a" and value.lower().startswith("mailto:"):
        return value.partition("?")[0]
    return value


def _kept_path(path: str) -> str | None:
    return path if re.match(r"/(?![/\\])", path) else None


_cleaner = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li"),
        *("h3", "h4", "h5", "h6", "a", "table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={"*": set(), "a": {"href"}, "code": {"class"}, "ol": {"start"}},
    attribute_filter=_kept_attribute,
    url_schemes={"http", "https", "mailto"},
    url_relative=_kept_path,
    link_rel="nofollow ugc noopener noreferrer",
)


def parse(source: str) -> list[Token]:
    """Return the blocks of a source, mentions left as text."""
    return _markdown.parse(source)


def to_html(source: str, mentions: Mapping[str, str]) -> str:
    """Render and sanitise a source; ``mentions`` leads from slugs to paths."""
    return find_invisible.sub("", _cleaner.clean(_markdown.render(source, {"mentions": mentions})))
