"""Promising part of a lorry to a load: never more than is free, however many do at once."""

from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.errors import Conflict, NotFound
from app.core.events import emit
from app.core.i18n import N_
from app.features.posts.composing import kind_of, reindex
from app.features.posts.drafts import restored, stored
from app.features.posts.editing import PostEdited
from app.features.posts.ending import end_post
from app.features.posts.freight.rule import fits_in
from app.features.posts.policy import MET
from app.models.freight import FreightShare
from app.models.posts import Conclusion, Post, PostStatus

# With less than this free, nothing more is offered.
LEAST_LOADING_METRES: Final = 0.4
LEAST_WEIGHT_KG: Final = 100


class NoLongerFits(Conflict):
    code: ClassVar[str] = "no_longer_fits"
    text: ClassVar[str] = N_("So viel Laderaum ist inzwischen nicht mehr frei.")


class LoadTaken(Conflict):
    code: ClassVar[str] = "load_taken"
    text: ClassVar[str] = N_("Diese Fracht ist schon vergeben.")


class LorryGone(Conflict):
    code: ClassVar[str] = "lorry_gone"
    text: ClassVar[str] = N_("Dieser Laderaum wird nicht mehr angeboten.")


async def take_part(
    session: Session, capacity_post_id: UUID, request_post_id: UUID
) -> FreightShare:
    """Promise part of a lorry to a load: what is free shrinks, and the load is done.

    Both posts are locked until commit. The lorry stays on offer until less than 0.4 loading
    metres or 100 kg are free. A second time changes nothing. Refuses what no longer fits, a load
    that another lorry takes, and a lorry that is no longer offered.
    """
    capacity, request = await _locked(session, capacity_post_id, request_post_id)
    share = await session.scalar(
        select(FreightShare).where(FreightShare.request_post_id == request.id)
    )
    if share and share.capacity_post_id == capacity.id:
        return share
    if share or request.status not in MET:
        raise LoadTaken
    if capacity.status not in MET or (capacity.expires_at or clock.now()) < clock.now():
        raise LorryGone
    load = restored(request.kind, request.details)
    share = FreightShare(
        capacity_post_id=capacity.id,
        request_post_id=request.id,
        loading_metres=getattr(load, "loading_metres"),  # noqa: B009 - of a kind above this module
        weight_kg=getattr(load, "weight_kg"),  # noqa: B009
        taken_at=clock.now(),
    )
    session.add(share)
    await _shrink(session, capacity, share)
    request.conclusion = Conclusion.HERE
    end_post(session, request, PostStatus.DONE)
    await session.flush()
    return share


async def take_offered(session: Session, post: Post, offered_post_id: UUID | None) -> None:
    """Do what it means to accept what was put forward for a post: freight takes its part."""
    if offered_post_id is None:
        return
    if post.kind == "freight_capacity":
        await take_part(session, post.id, offered_post_id)
    elif post.kind == "freight_request":
        await take_part(session, offered_post_id, post.id)


async def _locked(session: Session, *ids: UUID) -> tuple[Post, Post]:
    """Lock both posts, in the order of their ids, so that no two wait for each other."""
    found = await session.scalars(
        select(Post)
        .where(Post.id.in_(ids))
        .order_by(Post.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    posts = {post.id: post for post in found}
    capacity, request = (posts.get(one) for one in ids)
    if capacity is None or request is None:
        raise NotFound
    if (capacity.kind, request.kind) != ("freight_capacity", "freight_request"):
        raise NotFound
    return capacity, request


async def _shrink(session: Session, capacity: Post, share: FreightShare) -> None:
    free = capacity.details["free_loading_metres"]
    metres = free - share.loading_metres
    weight = capacity.details["free_weight_kg"] - share.weight_kg
    if not fits_in(share.loading_metres, free) or weight < 0:
        raise NoLongerFits
    left = {"free_loading_metres": max(0.0, round(metres, 2)), "free_weight_kg": weight}
    kind = kind_of(capacity)
    details = kind.details.model_validate({"kind": kind.key, **capacity.details, **left})
    capacity.details = stored(details)
    await reindex(session, capacity)
    if metres < LEAST_LOADING_METRES or weight < LEAST_WEIGHT_KG:
        capacity.conclusion = Conclusion.HERE
        end_post(session, capacity, PostStatus.DONE)
    else:
        emit(session, PostEdited(post_id=capacity.id))
