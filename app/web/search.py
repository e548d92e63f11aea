"""The page that finds everything, and what is suggested while somebody is typing."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from app.core.asking import label_of
from app.core.errors import Invalid
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.edge.deps import Reads
from app.edge.forms import Form, read_form
from app.features.posts.drafts import KINDS
from app.features.search.asking import MAX_QUESTION, Search, SearchQuery, search_of
from app.features.search.counting import Counts, count_hits
from app.features.search.finding import MOST, find
from app.features.search.showing import Hit, Marked, marked, names_of, show_hits
from app.features.search.suggesting import suggest
from app.models.search import Thing
from app.web.page import CurrentPage, PageRouter

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]
_KEPT = frozenset({"q", "kind", "place", "radius_km", "group"})
_ONE = {
    Thing.POST: N_("Beitrag"),
    Thing.REPLY: N_("Antwort"),
    Thing.COMPANY: N_("Unternehmen"),
    Thing.PERSON: N_("Person"),
    Thing.GROUP: N_("Gruppe"),
    Thing.PLACE: N_("Ort"),
}
_MANY_WORDS = 6  # of which nobody wants to leave out one after the other


@dataclass(frozen=True, slots=True)
class Shown:
    """One hit in the list, with the words that were asked for marked."""

    hit: Hit
    kind: str
    title: Marked
    excerpt: Marked


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet: where it leads, what it is called, how many hits have it.

    ``is_least`` says that there are more of these than were counted.
    """

    href: str
    label: str
    count: int
    is_chosen: bool
    is_least: bool = False


@router.get("/search")
async def search(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show hits with their facets; what is wrong with the question stands in the form."""
    given = page.asked(SearchQuery)
    form = page.filters(SearchQuery, dict(given))
    hits: list[Shown] = []
    things: list[Choice] = []
    places: list[Choice] = []
    groups: list[Choice] = []
    counts = Counts()
    continued, is_forgiving = None, False
    try:
        if given.get("q"):
            asked = await search_of(reader, read_form(SearchQuery, given))
            found = await find(reader, page.actor, asked, Paging(cursor=cursor))
            shown = await show_hits(reader, page.actor, found.page, asked.place)
            hits = [_shown(hit, asked) for hit in shown.items]
            continued, is_forgiving = shown.next, found.is_forgiving
            counts = await count_hits(reader, page.actor, asked, found)
            _count(form, counts.by)
            things = _things(given, counts)
            names = await names_of(reader, [*counts.by["place"], *counts.by["group"]])
            places = _named(given, "area", counts, names)
            groups = _named(given, "group", counts, names)
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
    return await page.render(
        "search/results.html",
        status=422 if form.errors else 200,
        form=form,
        sought=given.get("q") or "",
        wider=[] if hits else _wider(given),
        active=sum(1 for name, value in given.items() if value and name not in {"q", "order"}),
        hits=hits,
        things=things,
        places=places if len(places) > 1 or given.get("area") else [],
        groups=groups,
        most=MOST if counts.more else None,
        save_href=_kept(given),
        total=counts.by["all"][""] if counts.by else None,
        is_forgiving=is_forgiving,
        cursor=cursor,
        next=continued,
    )


@router.get("/search/suggestions")
async def suggestions(
    page: CurrentPage,
    reader: Reads,
    q: Annotated[str, Query(max_length=MAX_QUESTION)] = "",
) -> Response:
    """Say what may be meant by what stands in the box so far."""
    found = await suggest(reader, page.actor, q)
    return JSONResponse(
        {"items": [{"text": one.text, "thing": one.thing, "path": one.path} for one in found]}
    )


def _shown(hit: Hit, asked: Search) -> Shown:
    is_post = hit.kind and hit.thing == Thing.POST
    kind = translate(KINDS[str(hit.kind)].label if is_post else _ONE[hit.thing])
    question = asked.question
    return Shown(
        hit, kind[:1].upper() + kind[1:], marked(hit.title, question), marked(hit.excerpt, question)
    )


def _count(form: Form, counts: dict[str, dict[str, int]]) -> None:
    """Write beside each choice of a filter how many hits there are."""
    for name in ("thing", "kind", "sector"):
        for option in form[name].options:
            if option.value:
                option.label = f"{option.label} ({counts[name].get(option.value, 0)})"


def _things(given: FormData, counts: Counts) -> list[Choice]:
    return [
        Choice(
            _href(given, thing=thing.value),
            translate(label_of(thing)),
            counts.by["thing"][thing.value],
            given.get("thing") == thing.value,
            thing.value in counts.more,
        )
        for thing in Thing
        if thing.value in counts.by["thing"]
    ]


def _named(given: FormData, field: str, counts: Counts, names: dict[str, str]) -> list[Choice]:
    """Return the places or groups in which hits are, most first."""
    return [
        Choice(_href(given, **{field: key}), names[key], count, given.get(field) == key)
        for key, count in counts.by["place" if field == "area" else field].items()
        if key in names
    ]


def _kept(given: FormData) -> str | None:
    """Return where a search for posts is kept; None where other things are searched for."""
    if given.get("thing") not in {None, "", Thing.POST}:
        return None
    if given.get("sector") or given.get("area"):
        return None
    kept = [(name, str(value)) for name, value in given.multi_items() if name in _KEPT and value]
    return f"/searches/new?{urlencode(kept)}"


def _wider(given: FormData) -> list[tuple[str, str]]:
    """Return each word of a question, and where the question leads without it."""
    words = str(given.get("q") or "").split()
    plain = not any(word.startswith("-") or '"' in word for word in words)
    if not plain or not 1 < len(words) <= _MANY_WORDS:
        return []
    return [
        (word, _href(given, q=" ".join([*words[:at], *words[at + 1 :]])))
        for at, word in enumerate(words)
    ]


def _href(given: FormData, **changes: Any) -> str:
    kept = {name: str(value) for name, value in given.multi_items() if value}
    return f"/search?{urlencode(kept | changes)}"
