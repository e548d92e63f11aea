"""The searches that somebody keeps, and what was found for them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, func, select

from app.core.actor import Actor
from app.core.errors import NotFound, SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.posts import policy
from app.features.posts.feed import cards
from app.features.posts.matching_rules import restored_reason
from app.models.posts import Post
from app.models.searches import SavedSearch, SearchHit

NEWEST = Order(
    "searches.newest",
    N_("Ihre Suchaufträge: der neueste zuerst"),
    SavedSearch.created_at,
    SavedSearch.id,
    descending=True,
)
LATEST_HITS = Order(
    "searches.hits",
    N_("Treffer eines Suchauftrags: der zuletzt gefundene zuerst"),
    SearchHit.found_at,
    SearchHit.id,
    descending=True,
)


@dataclass(frozen=True, slots=True)
class HitView:
    """A post that fits a search, and why."""

    row: Any
    reasons: list[str]


@prepared
def _searches(actor: Actor, *, one: bool, after: bool) -> Select[Any]:
    hits = (
        select(func.count())
        .select_from(SearchHit)
        .join(Post, Post.id == SearchHit.post_id)
        .where(SearchHit.search_id == SavedSearch.id, *_seen(actor))
        .correlate(SavedSearch)
    )
    columns: list[Any] = [
        SavedSearch.id,
        SavedSearch.label,
        SavedSearch.frequency,
        SavedSearch.query,
        SavedSearch.version,
        SavedSearch.created_at,
        hits.scalar_subquery().label("hits"),
    ]
    query = select(*columns).where(SavedSearch.person_id == actor.person_id)
    if one:
        return query.where(SavedSearch.id == _search_id())
    return NEWEST.page(query, after=after)


def _search_id() -> Any:
    return bound("search_id", Uuid())


def _seen(actor: Actor) -> list[Any]:
    return [policy.current(), policy.stands_open_to(actor)]


async def list_searches(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the actor's searches, each with the number of hits that can be seen now."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _searches(actor.shape, one=False, after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, {"me": actor.person_id})


async def read_search(reader: Reader, actor: Actor, search_id: UUID) -> Any:
    """Return one of the actor's searches."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _searches(actor.shape, one=True, after=False)
    row = await reader.first(read, {"me": actor.person_id, "search_id": search_id})
    if row is None:
        raise NotFound
    return row


@prepared
def _hits(actor: Actor, *, after: bool) -> Select[Any]:
    query = (
        cards(actor)
        .join(SearchHit, SearchHit.post_id == Post.id)
        .join(SavedSearch, SavedSearch.id == SearchHit.search_id)
        .where(SavedSearch.id == _search_id(), SavedSearch.person_id == actor.person_id)
        .where(*_seen(actor))
        .add_columns(SearchHit.found_at, SearchHit.reasons)
    )
    return LATEST_HITS.page(query, after=after)


async def list_hits(
    reader: Reader, actor: Actor, search_id: UUID, paging: Paging
) -> tuple[Any, Page[HitView]]:
    """Return one of the actor's searches, and the posts found for it that they can see now."""
    search = await read_search(reader, actor, search_id)
    read = _hits(actor.shape, after=paging.cursor is not None)
    params = {"me": actor.person_id, "search_id": search_id}
    page = await LATEST_HITS.fetch(reader, read, paging, params)
    return search, page.map(_view)


def _view(row: Any) -> HitView:
    return HitView(row, [restored_reason(one).said() for one in row.reasons])
