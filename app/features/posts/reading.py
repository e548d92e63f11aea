"""The page of one post: the post, what the reader may do with it, and its replies."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, exists, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.companies.policy import speaks_for
from app.features.posts import policy
from app.features.posts.access import PostGone, surroundings, surroundings_columns
from app.features.posts.disclosing import disclosed
from app.features.posts.feed import cards
from app.features.posts.policy import Act, ReplyAct
from app.models.companies import Company
from app.models.groups import Membership
from app.models.media import Medium
from app.models.occurrences import Occurrence, OccurrenceState
from app.models.people import Person
from app.models.places import Place, PlaceKind
from app.models.posts import (
    Attachment,
    Bookmark,
    Post,
    PostRevision,
    Reaction,
    Reply,
    ReplyRevision,
)
from app.models.sealed import JsonOfSealed

FORMER_MEMBER = N_("Ehemaliges Mitglied")
OLDEST_FIRST = Order(
    "replies.oldest",
    N_(
        "Antworten: Die älteste steht oben, wie in einem Gespräch. Die hilfreichste Antwort, die "
        "der Fragende ausgezeichnet hat, steht zusätzlich über allen."
    ),
    Reply.published_at,
    Reply.id,
)
REVISIONS = Order(
    "revisions.latest",
    N_("Frühere Fassungen: Die jüngste steht oben."),
    PostRevision.number,
    descending=True,
)


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as ``actor`` sees it: its row, and what may be done with it."""

    row: Any
    acts: frozenset[Act]
    latest_end: datetime | None = None  # for who keeps it


@dataclass(frozen=True, slots=True)
class ReplyView:
    """A reply as ``actor`` sees it."""

    row: Any
    acts: frozenset[ReplyAct]


def _post_id() -> Any:
    return bound("post_id", Uuid())


@prepared
def _post(actor: Actor) -> Select[Any]:
    me = actor.person_id
    entry = func.json_build_object(
        "id", Medium.id, "type", Medium.type, "alt", Medium.alt, "file_name", Medium.file_name,
        "size_bytes", Medium.size_bytes, "width", Medium.width, "height", Medium.height,
    )  # fmt: skip
    media = (
        select(
            type_coerce(
                func.json_agg(aggregate_order_by(entry, Attachment.position)), JsonOfSealed()
            )
        )
        .join(Medium, Medium.id == Attachment.medium_id)
        .where(Attachment.post_id == Post.id)
        .correlate(Post)
    )
    no = literal(value=False)
    mine: list[Any] = [no.label("found_helpful"), no.label("is_bookmarked")]
    town = aliased(Place)
    kept = policy.kept_by(actor) if actor.is_signed_in else None
    query = cards(actor, kept=kept).outerjoin(
        town, (town.id == Place.parent_id) & (Place.kind == PlaceKind.POSTCODE)
    )
    if actor.is_signed_in:
        helpful = exists().where(Reaction.post_id == Post.id, Reaction.person_id == me)
        marked = exists().where(Bookmark.post_id == Post.id, Bookmark.person_id == me)
        mine = [helpful.label("found_helpful"), marked.label("is_bookmarked")]
        query = query.outerjoin(
            Membership, (Membership.group_id == Post.group_id) & (Membership.person_id == me)
        )
    return query.add_columns(
        Post.body,
        Post.body_html,
        Person.picture_id.label("author_picture_id"),
        Company.logo_id.label("company_logo_id"),
        Post.version,
        Place.kind.label("place_kind"),
        Place.code.label("place_code"),
        town.name.label("place_town"),
        Place.latitude.label("place_latitude"),
        Place.longitude.label("place_longitude"),
        media.scalar_subquery().label("attachments"),
        _next_date().label("next_date"),
        *mine,
        *surroundings_columns(actor),
    ).where(Post.id == _post_id())


def _next_date() -> Any:
    """Select the next date of an event: one that is held, or if none is, one that was cancelled."""
    said = func.json_build_object(
        "starts_at", Occurrence.starts_at, "ends_at", Occurrence.ends_at, "state", Occurrence.state,
        "original_starts_at", Occurrence.original_starts_at, "venue", Occurrence.venue,
    )  # fmt: skip
    return (
        select(said)
        .where(Occurrence.post_id == Post.id, Occurrence.ends_at > func.now())
        .order_by(Occurrence.state == OccurrenceState.CANCELLED, Occurrence.starts_at)
        .limit(1)
        .correlate(Post)
        .scalar_subquery()
    )


@prepared
def _stood_open(actor: Actor) -> Select[Any]:
    return select(Post.id).where(
        Post.id == _post_id(), policy.once_met(), policy.stands_open_to(actor)
    )


async def read_post(reader: Reader, actor: Actor, post_id: UUID) -> PostView:
    """Return a post with all that its page shows; refuse it as unknown, or as gone."""
    params = {"post_id": post_id, "me": actor.person_id}
    row = await reader.first(_post(actor.shape), params)
    if row is None:
        raise NotFound
    here = surroundings(row, row)
    granted = policy.acts(actor, here)
    if Act.VIEW not in granted:
        stood_open = await reader.first(_stood_open(actor.shape), params)
        raise PostGone if stood_open else NotFound
    return PostView(row, granted, here.latest_end)


def _reply_columns(actor: Actor) -> Select[Any]:
    author, company = aliased(Person), aliased(Company)
    helpful = select(func.count()).where(Reaction.reply_id == Reply.id).correlate(Reply)
    no: Any = literal(value=False)
    by_me: Any = no
    kept: Any = no
    mine: Any = no
    if actor.is_signed_in:
        by_me = exists().where(Reaction.reply_id == Reply.id, Reaction.person_id == actor.person_id)
        kept = speaks_for(actor, Reply.company_id)
        mine = Reply.author_id == actor.person_id
    columns: list[Any] = [
        Reply.id,
        Reply.post_id,
        Reply.body,
        Reply.body_html,
        Reply.published_at,
        Reply.edited_at,
        Reply.withdrawn_at,
        Reply.version,
        author.id.label("author_id"),
        author.name.label("author_name"),
        author.slug.label("author_slug"),
        author.picture_id.label("author_picture_id"),
        author.left_at.is_not(None).label("author_has_left"),
        company.id.label("company_id"),
        company.name.label("company_name"),
        company.slug.label("company_slug"),
        company.logo_id.label("company_logo_id"),
        helpful.scalar_subquery().label("helpful"),
        by_me.label("found_helpful"),
        kept.label("is_spoken_for"),
        mine.label("is_mine"),
    ]
    return (
        select(*columns)
        .join(author, author.id == Reply.author_id)
        .outerjoin(company, company.id == Reply.company_id)
    )


@prepared
def _replies(actor: Actor, *, after: bool) -> Select[Any]:
    return OLDEST_FIRST.page(_reply_columns(actor).where(Reply.post_id == _post_id()), after=after)


@prepared
def _reply(actor: Actor) -> Select[Any]:
    key = bound("reply_id", Uuid())
    return _reply_columns(actor).where(Reply.id == key)


def _seen(actor: Actor, row: Any, here: frozenset[Act]) -> ReplyView:
    granted = policy.reply_acts(
        actor,
        here,
        is_mine=row.is_mine,
        is_kept_by_me=row.is_spoken_for if row.company_id else row.is_mine,
        is_withdrawn=row.withdrawn_at is not None,
    )
    return ReplyView(row, granted)


async def list_replies(
    reader: Reader, actor: Actor, post: PostView, paging: Paging
) -> Page[ReplyView]:
    """Return the replies to a post, oldest first; withdrawn ones keep their place."""
    read = _replies(actor.shape, after=paging.cursor is not None)
    params = {"post_id": post.row.id, "me": actor.person_id}
    page = await OLDEST_FIRST.fetch(reader, read, paging, params)
    return page.map(lambda row: _seen(actor, row, post.acts))


async def read_reply(reader: Reader, actor: Actor, reply_id: UUID) -> tuple[PostView, ReplyView]:
    """Return a reply and its post, if the actor may see that."""
    row = await reader.first(_reply(actor.shape), {"reply_id": reply_id, "me": actor.person_id})
    if row is None:
        raise NotFound
    post = await read_post(reader, actor, row.post_id)
    return post, _seen(actor, row, post.acts)


@prepared
def _revisions(actor: Actor, *, after: bool) -> Select[Any]:
    query = (
        select(
            PostRevision.number,
            PostRevision.title,
            PostRevision.body,
            disclosed(actor, PostRevision.details).label("details"),
            PostRevision.tags,
            PostRevision.created_at.label("replaced_at"),
            Person.name.label("replaced_by_name"),
            Person.left_at.is_not(None).label("replaced_by_has_left"),
        )
        .join(Post, Post.id == PostRevision.post_id)
        .outerjoin(Person, Person.id == PostRevision.replaced_by_id)
        .where(PostRevision.post_id == _post_id())
    )
    return REVISIONS.page(query, after=after)


async def list_revisions(
    reader: Reader, actor: Actor, post_id: UUID, paging: Paging
) -> tuple[PostView, Page[Any]]:
    """Return a post and how it read before each change, for everybody who may read it.

    How a concealed post read before, only its keeper learns: it may have named somebody.
    """
    post = await read_post(reader, actor, post_id)
    if post.row.is_concealed and not post.row.is_kept_by_me:
        return post, Page([])
    read = _revisions(actor.shape, after=paging.cursor is not None)
    return post, await REVISIONS.fetch(reader, read, paging, {"post_id": post_id})


@prepared
def _reply_revisions() -> Select[Any]:
    columns: list[Any] = [
        ReplyRevision.number,
        ReplyRevision.body,
        ReplyRevision.created_at.label("replaced_at"),
    ]
    return (
        select(*columns)
        .where(ReplyRevision.reply_id == bound("reply_id", Uuid()))
        .order_by(ReplyRevision.number.desc())
        .limit(100)
    )


async def list_reply_revisions(reader: Reader, actor: Actor, reply_id: UUID) -> list[Any]:
    """Return how a reply read before each of its last 100 changes; nothing once withdrawn."""
    _, reply = await read_reply(reader, actor, reply_id)
    if reply.row.withdrawn_at is not None:
        return []
    return await reader.all(_reply_revisions(), {"reply_id": reply_id})
