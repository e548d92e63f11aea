"""What fits a search at the moment at which it is kept, or kept in another way."""

from typing import Any, Final

from sqlalchemy import Double, Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.events import emit
from app.core.reads import SessionReader, bound, prepared
from app.features.places.distance import distance_km
from app.features.posts import policy
from app.features.posts.feed import Filters, conditions
from app.features.searches.finding import HitsFound, keep_hits, reasons_for
from app.models.places import Place
from app.models.posts import Post
from app.models.searches import Frequency, SavedSearch

MOST: Final = 200  # posts, the newest; a longer list is better read than told


@prepared
def _fitting(actor: Actor, kind: str | None, given: frozenset[str], *, near: bool) -> Select[Any]:
    columns: list[Any] = [Post.id, Post.kind]
    if near:
        latitude: Any = bound("latitude", Double())
        longitude: Any = bound("longitude", Double())
        away = distance_km(Place.latitude, Place.longitude, latitude, longitude)
        columns.append(away.label("distance_km"))
    return (
        select(*columns)
        .outerjoin(Place, Place.id == Post.place_id)
        .where(
            policy.current(),
            policy.stands_open_to(actor),
            policy.kept_by(actor).is_not(true()),
            policy.written_by(actor).is_not(true()),
            *conditions(kind, given),
        )
        .order_by(Post.published_at.desc(), Post.id.desc())
        .limit(MOST)
    )


async def catch_up(
    session: Session, actor: Actor, search: SavedSearch, filters: Filters, *, is_due: bool
) -> None:
    """Keep what fits ``search`` now, of all posts; those that are due will be told of."""
    near = bool(filters.point and filters.radius_km)
    read = _fitting(actor.shape, filters.kind, frozenset(filters.params), near=near)
    params = {**filters.params, **filters.centre, "me": actor.person_id}
    rows = await SessionReader(session).all(read, params)
    centre = await session.get(Place, search.place_id) if search.place_id else None
    name = centre.name if centre else None
    found = [
        (search.id, row.id, reasons_for(row.kind, getattr(row, "distance_km", None), name), is_due)
        for row in rows
    ]
    new = await keep_hits(session, found)
    if new and is_due and search.frequency == Frequency.AT_ONCE:
        emit(session, HitsFound(person_id=search.person_id))
