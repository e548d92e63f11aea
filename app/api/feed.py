"""JSON endpoints for the feed: reading it, how far it has been read, and what is muted."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from app.api.contract import (
    ContractRouter,
    Listing,
    Out,
    Paged,
    PageParams,
    listing,
    operation,
)
from app.api.post_shapes import PostSummaryOut, summary
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.core.text import Line
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.feed.muting import MutesTooMany, list_mutes, mute, unmute
from app.features.feed.position import ReadTo, mark_read, read_to
from app.features.feed.reading import FeedFilters, FeedItem, read_feed
from app.features.follows.targets import Thing
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.features.posts.feed import start_page
from app.models.feed import About
from app.models.follows import FollowTarget

router = ContractRouter(tags=["feed"])
Key = Annotated[str, Line(120), Path(description="As of a follow: an id, a code or a tag.")]


class ReasonOut(Out):
    """Something you follow, or a group you are in."""

    target: FollowTarget
    key: str
    name: str
    path: str | None = Field(description="Of its page, if it has one.")


class FeedItemOut(PostSummaryOut):
    """A post with what there is to hear of it."""

    at: datetime = Field(description="When it was published, or an answer was accepted.")
    about: About
    because: list[ReasonOut] = Field(description="All by which it is here; none for nobody.")
    is_new: bool = Field(description="Whether it is newer than what you have read.")


class FeedQuery(PageParams):
    """What of the feed, and which part of it."""

    kind: Annotated[str, Line(40)] | None = Field(None, description="Posts of this kind.")
    target: FollowTarget | None = Field(None, description="With `key`: only by this follow.")
    key: Annotated[str, Line(120)] | None = Field(None, description="With `target`.")
    group: UUID | None = Field(None, description="Posts in this group.")
    since: AwareDatetime | None = Field(None, description="Not older than this.")
    unread: bool = Field(default=False, description="Only what is newer than what you have read.")

    @property
    def filters(self) -> FeedFilters:
        """Return what is asked for."""
        return FeedFilters(
            kind=self.kind,
            thing=Thing(self.target, self.key) if self.target and self.key else None,
            group_id=self.group,
            since=self.since,
            only_unread=self.unread,
        )


class PositionOut(Out):
    """How far you have read your feed."""

    read_to: ReadTo | None


class MuteOut(Out):
    """Something that is kept out of your feed."""

    target: FollowTarget
    key: str
    name: str
    path: str | None
    created_at: datetime


@router.get(
    "/feed",
    response_model=Listing[FeedItemOut],
    summary="List what is new about what one follows",
    **operation(scope="posts:read", public=True, refuses=(BadCursor,)),
)
async def feed(
    query: Annotated[FeedQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List posts of all that you follow and of your groups, newest first, and why.

    What you wrote yourself is left out. For nobody, it is the newest of the region, unfiltered.
    """
    if not actor.is_signed_in:
        page = await start_page(reader, actor, query.paging)
        return listing(page.map(_unasked), request, response)
    found = await read_feed(reader, actor, query.filters, query.paging)
    return listing(found.page.map(_shape), request, response)


def _shape(item: FeedItem) -> dict[str, Any]:
    because = [
        {"target": one.thing.target, "key": one.thing.key, "name": one.name, "path": one.path}
        for one in item.because
    ]
    row = item.row
    told = {"at": row.at, "about": row.about, "because": because, "is_new": item.is_new}
    return summary(row) | told


def _unasked(row: Any) -> dict[str, Any]:
    told = {"at": row.published_at, "about": About.POST, "because": [], "is_new": True}
    return summary(row) | told


@router.get(
    "/feed/position",
    response_model=PositionOut,
    summary="Tell how far one has read",
    **operation(scope="posts:read"),
)
async def position(reader: Reads, actor: CurrentActor) -> Any:
    """Tell how far you have read your feed; null if you have not said."""
    return {"read_to": (await read_to(reader, actor)).position}


@router.put(
    "/feed/position",
    response_model=PositionOut,
    summary="Say how far one has read",
    **operation(scope="posts:write", has_body=True),
)
async def read_on(to: ReadTo, tx: Tx, actor: CurrentActor) -> Any:
    """Say that an item and all older ones have been read. It only moves forward."""
    await mark_read(tx, actor, to)
    return {"read_to": (await read_to(SessionReader(tx), actor)).position}


@router.get(
    "/mutes",
    response_model=Listing[MuteOut],
    summary="List what one has muted",
    **operation(scope="follows:read", refuses=(BadCursor,)),
)
async def mutes(
    paged: Paged, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """List what is kept out of your feed."""
    return listing(await list_mutes(reader, actor, paged.paging), request, response)


@router.put(
    "/mutes/{target}/{key}",
    response_model=MuteOut,
    summary="Mute",
    **operation(scope="follows:write", refuses=(PlaceUnknown, PlaceAmbiguous, MutesTooMany)),
)
async def put_mute(target: FollowTarget, key: Key, tx: Tx, actor: CurrentActor) -> Any:
    """Keep something out of your feed, whatever else you follow. Twice changes nothing."""
    return await mute(tx, actor, target, key)


@router.delete(
    "/mutes/{target}/{key}",
    status_code=204,
    summary="Unmute",
    **operation(scope="follows:write"),
)
async def remove_mute(target: FollowTarget, key: Key, tx: Tx, actor: CurrentActor) -> None:
    """Let something into your feed again. Twice changes nothing."""
    await unmute(tx, actor, target, key)
