"""Keeping posts in step with another system, which names them by its own ids.

A client says how its posts are to be, as often as it likes: what is new is published, what has
changed is changed, what is the same stays untouched, and nothing is ever there twice.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.db import attempt
from app.core.errors import Conflict, FieldError, Invalid, NotFound, Refusal, SignInRequired
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.features.companies.policy import speaks_for
from app.features.companies.speaking import require_voice
from app.features.posts.drafts import KINDS, PostDraft, PostPatch
from app.features.posts.editing import edit_post
from app.features.posts.ending import withdraw_post
from app.features.posts.policy import MET
from app.features.posts.publishing import publish_draft, publish_post
from app.models.posts import Post, PostStatus

MAX_ITEMS = 500


class Outcome(StrEnum):
    """What became of one post that a client named."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class NamedTwice(Conflict):
    code: ClassVar[str] = "named_twice"
    text: ClassVar[str] = N_("Diese Kennung steht in derselben Anfrage schon einmal.")


@dataclass(frozen=True, slots=True)
class Wish:
    """How one post is to be: as its draft says, or (None) withdrawn; or why it cannot be read."""

    external_id: str
    draft: PostDraft | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a wish."""

    external_id: str
    outcome: Outcome
    post_id: UUID | None = None
    refusal: Refusal | None = None


async def put_post(
    session: Session, actor: Actor, external_id: str, draft: PostDraft
) -> tuple[Post, Outcome]:
    """Make the post of this id be as the draft says; the same draft a second time changes nothing.

    The id belongs to the company for which the draft speaks, else to the actor. A post that has
    ended stays ended: the id passes to a new one. Refuses what publishing and editing refuse, and
    ids for posts that are concealed.
    """
    if actor.person_id is None:
        raise SignInRequired
    if draft.company_id:
        await require_voice(session, actor, draft.company_id)
    if KINDS[draft.details.kind].conceals(draft.details):
        text = N_("Ein Beitrag unter Chiffre trägt keine eigene Kennung.")
        raise Invalid(FieldError(("external_id",), "concealed_has_no_external_id", text))
    post = await find_named(session, actor, external_id, draft.company_id)
    if post is None or post.status not in {*MET, PostStatus.DRAFT}:
        if post:
            post.external_id = None
            await session.flush()
        named = draft.model_copy(update={"external_id": external_id})
        return await publish_post(session, actor, named), Outcome.CREATED
    if draft.group_id != post.group_id:
        text = N_("Die Gruppe eines Beitrags lässt sich nicht ändern.")
        raise Invalid(FieldError(("group_id",), "group_is_fixed", text))
    before, was = post.version, post.status
    await edit_post(session, actor, post.id, _patch(draft))
    if was == PostStatus.DRAFT and not draft.as_draft:
        await publish_draft(session, actor, post.id, confirmed=draft.confirmed)
    return post, Outcome.UNCHANGED if post.version == before else Outcome.CHANGED


def _patch(draft: PostDraft) -> PostPatch:
    shared = set(PostPatch.model_fields) & set(PostDraft.model_fields)
    given = {name: getattr(draft, name) for name in shared}
    if "attachments" not in draft.model_fields_set:
        del given["attachments"]
    return PostPatch(**given)


@prepared
def _named(actor: Actor, *, of_company: bool) -> Select[Any]:
    owner: Any = bound("owner", Uuid())
    whose = (
        [Post.company_id == owner, speaks_for(actor, Post.company_id)]
        if of_company
        else [Post.author_id == owner, Post.company_id.is_(None)]
    )
    name = bound("external_id", Text())
    return select(Post.id).where(Post.external_id == name, *whose)


async def post_named(
    reader: Reader, actor: Actor, external_id: str, company_id: UUID | None = None
) -> UUID:
    """Return the post of this id, the actor's own or that of a company they speak for."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _named(actor.shape, of_company=company_id is not None)
    owner = company_id or actor.person_id
    params = {"owner": owner, "external_id": external_id, "me": actor.person_id}
    row = await reader.first(read, params)
    if row is None:
        raise NotFound
    found: UUID = row.id
    return found


async def withdraw_by_external_id(
    session: Session, actor: Actor, external_id: str, company_id: UUID | None = None
) -> Post:
    """Withdraw the post of this id; one that has ended already is left as it is."""
    if actor.person_id is None:
        raise SignInRequired
    if company_id:
        await require_voice(session, actor, company_id)
    post = await find_named(session, actor, external_id, company_id)
    if post is None:
        raise NotFound
    if post.status in {*MET, PostStatus.DRAFT}:
        await withdraw_post(session, actor, post.id)
    return post


async def find_named(
    session: Session, actor: Actor, external_id: str, company_id: UUID | None
) -> Post | None:
    """Return the post of this id, if there is one; nobody else makes one meanwhile."""
    owner = company_id or actor.person_id
    name = f"{owner}/{external_id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    whose: list[ColumnElement[bool]] = (
        [Post.company_id == company_id]
        if company_id
        else [Post.author_id == actor.person_id, Post.company_id.is_(None)]
    )
    return await session.scalar(
        select(Post).where(Post.external_id == external_id, *whose).with_for_update()
    )


async def put_posts(
    session: Session, actor: Actor, wishes: Sequence[Wish], company_id: UUID | None = None
) -> list[Result]:
    """Fulfil up to 500 wishes, each by itself: what is refused leaves the others alone.

    ``company_id`` is whose ids the withdrawals mean.
    """
    results: list[Result] = []
    seen: set[str] = set()
    for wish in wishes:
        result = await _fulfil(session, actor, wish, company_id, is_second=wish.external_id in seen)
        seen.add(wish.external_id)
        results.append(result)
    return results


class _Undone(Exception):  # noqa: N818 - an outcome: all of it was tried, none of it stays
    """Takes back what a rehearsal did."""


async def rehearse_posts(
    session: Session, actor: Actor, wishes: Sequence[Wish], company_id: UUID | None = None
) -> list[Result]:
    """Return what ``put_posts`` would do, and change nothing."""
    results: list[Result] = []
    with suppress(_Undone):
        async with attempt(session):
            results = await put_posts(session, actor, wishes, company_id)
            raise _Undone
    return results


async def _fulfil(
    session: Session, actor: Actor, wish: Wish, company_id: UUID | None, *, is_second: bool
) -> Result:
    name = wish.external_id
    try:
        if wish.refusal:
            raise wish.refusal
        if is_second:
            raise NamedTwice
        async with attempt(session):
            if wish.draft is None:
                gone = await withdraw_by_external_id(session, actor, name, company_id)
                return Result(name, Outcome.WITHDRAWN, gone.id)
            post, outcome = await put_post(session, actor, name, wish.draft)
            return Result(name, outcome, post.id)
    except SignInRequired:
        raise
    except Refusal as refusal:
        return Result(name, Outcome.REFUSED, refusal=refusal)
