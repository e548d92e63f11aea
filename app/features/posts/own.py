"""The posts that somebody keeps, in every state: own ones and those of their companies."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, true

from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.posts import policy
from app.features.posts.feed import cards
from app.models.posts import Post, PostStatus

LATEST = Order(
    "posts.own", N_("Meine Beiträge: Der jüngste steht oben."), Post.created_at, Post.id,
    descending=True,
)  # fmt: skip


class OwnFilters(BaseModel):
    """Which of their posts somebody wants to see."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[
        PostStatus | None,
        Field(description="All states by default."),
        Asked(N_("Stand"), widget="select"),
    ] = None


@prepared
def _own(actor: Actor, *, one_status: bool, after: bool) -> Select[Any]:
    query = cards(actor, kept=true()).where(policy.kept_by(actor), policy.stands_open_to(actor))
    if one_status:
        query = query.where(Post.status == bound("status", Post.status.type))
    return LATEST.page(query, after=after)


async def own_posts(reader: Reader, actor: Actor, filters: OwnFilters, paging: Paging) -> Page[Any]:
    """Return the posts that ``actor`` keeps, latest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _own(actor.shape, one_status=filters.status is not None, after=paging.cursor is not None)
    return await LATEST.fetch(
        reader, read, paging, {"me": actor.person_id, "status": filters.status}
    )
