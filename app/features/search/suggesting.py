"""What may be meant while somebody is still typing: names, and words that many search for.

Words come from what the platform ships (kinds, occupations, sectors, topics), never from what
members write, so that no suggestion tells what stands in something its reader may not see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, Text, Uuid, literal_column, select, text, union

from app.core.actor import Actor
from app.core.i18n import N_, Locale, translate
from app.core.paging import Order, Page
from app.core.reads import Reader, given, prepared
from app.features.posts.drafts import KINDS
from app.features.search.seeing import seen_by
from app.features.search.showing import show_hits
from app.features.wording.documents import name_key
from app.models.search import SearchDocument, Thing
from app.reference.occupations import occupation_choices
from app.reference.sectors import WZ_2008, divisions, sections
from app.reference.topics import topic_choices

LEAST: Final = 2  # letters
_LEAST_INSIDE: Final = 3  # letters from which on words inside of names are looked for
_MOST: Final = 8
_MOST_WORDS: Final = 3
_LOOKED_AT: Final = 200  # names, of which the reader may not see some

SUGGESTED: Final = Order(
    "search.suggested",
    N_("Vorschläge beim Tippen: Begriffe der Plattform, dann Namen und Titel, nach dem Alphabet"),
    literal_column("names.name_key", Text()),
    literal_column("names.id", Uuid()),
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to search for, or with ``path`` something to go to."""

    text: str
    thing: Thing | None = None
    path: str | None = None


@prepared
def _names(actor: Actor, *, inside: bool) -> Select[Any]:
    columns: list[Any] = [SearchDocument.id, SearchDocument.thing, SearchDocument.name_key]

    def first(where: Any) -> Any:
        # Letter by letter, as the index has them, so that it is read only as far as needed.
        looked_at = (
            select(*columns)
            .where(where)
            .order_by(text("search_documents.name_key USING ~<~"))
            .limit(_LOOKED_AT)
            .subquery("looked_at")
        )
        seen = select(looked_at).where(seen_by(actor, looked_at.c))
        return select(seen.order_by(text("looked_at.name_key USING ~<~")).limit(_MOST).subquery())

    # As a range, which an index answers whatever the letters are.
    from_, to = given("begins", Text()), given("ends", Text())
    name = SearchDocument.name_key
    found = first(name.bool_op("~>=~")(from_) & name.bool_op("~<~")(to))
    if inside:
        is_name: Any = literal_column("thing NOT IN ('post', 'reply')")
        found = union(found, first(SearchDocument.name_key.like(given("within", Text())) & is_name))
    names = found.subquery("names")
    zero: Any = literal_column("0").label("points")
    return SUGGESTED.page(select(names.c.id, zero).select_from(names), after=False)


async def suggest(reader: Reader, actor: Actor, typed: str) -> list[Suggestion]:
    """Return what may be meant: at most eight words and names, in alphabetical order each.

    Names are those of things that ``actor`` may see; fewer than two letters suggest nothing.
    """
    key = name_key(typed)
    if len(key) < LEAST:
        return []
    words = [Suggestion(text) for text in _words(key, actor.locale)]
    inside = len(key) >= _LEAST_INSIDE
    ends = key[:-1] + chr(ord(key[-1]) + 1)
    params = {"begins": key, "ends": ends, "within": f"% {key}%", "limit": _MOST}
    params["me"] = actor.person_id
    rows = await reader.all(_names(actor.shape, inside=inside), params)
    page = Page(rows[: _MOST - len(words)])
    shown = await show_hits(reader, actor, page, as_suggestions=True)
    return [*words, *(Suggestion(hit.title, hit.thing, hit.path) for hit in shown.items)]


def _words(key: str, locale: Locale) -> list[str]:
    begin = [text for known, text in _vocabulary(locale) if known.startswith(key)]
    within = [text for known, text in _vocabulary(locale) if f" {key}" in known]
    return list(dict.fromkeys([*begin, *within]))[:_MOST_WORDS]


@cache
def _vocabulary(locale: Locale) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({(name_key(text), text) for text in _known(locale)}))


def _known(locale: Locale) -> Iterator[str]:
    yield from (translate(kind.plural, locale) for kind in KINDS.values())
    yield from (label for _, label in topic_choices(locale))
    yield from (name for name, _ in occupation_choices(locale))
    for label in (*sections(WZ_2008).values(), *divisions(WZ_2008).values()):
        yield label.en if locale == "en" else label.de
