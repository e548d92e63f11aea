"""Changing posts; what they said before is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import FieldError, Invalid, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.text import plain_text, render_markdown
from app.features.places.lookup import find_place
from app.features.posts.access import post_for
from app.features.posts.attaching import reattach
from app.features.posts.composing import (
    EXCERPT,
    all_tags,
    confirmed_findings,
    end_of,
    keep_confirmations,
    kind_of,
    moment_of,
    names_of,
    place_of,
    place_to_show,
    reindex,
    title_of,
)
from app.features.posts.concealing import speakers_of
from app.features.posts.drafts import PostChange, PostPatch, restored, stored
from app.features.posts.ending import end_post
from app.features.posts.examining import Finding
from app.features.posts.mentions import mentioned_in, record_mentions
from app.features.posts.policy import MET, Act
from app.models.companies import Company
from app.models.places import Place
from app.models.posts import Conclusion, Post, PostRevision, PostStatus


class PostEdited(Event):
    name: ClassVar[str] = "post.edited"
    post_id: UUID


async def edit_post(
    session: Session,
    actor: Actor,
    post_id: UUID,
    patch: PostPatch,
    *,
    expected: int | None = None,
) -> Post:
    """Change a post, and keep how it read before. A patch that changes nothing leaves no trace.

    ``expected`` is the version the change is based on; on another one it is refused. A post
    keeps its kind, group, author and company. One that now has nothing left on offer is done, as
    concluded over this platform. Its history is of words: files that are taken off
    are gone, and a change of files alone adds nothing to it.
    """
    post = await post_for(session, actor, post_id, Act.EDIT, lock=True)
    if actor.person_id is None:
        raise SignInRequired
    if expected is not None and expected != post.version:
        raise Stale
    changes = await _changes(session, post, patch)
    wanted = patch.attachments
    has_other_files = wanted is not None and await reattach(session, actor, post, wanted)
    if not changes and not has_other_files:
        return post
    if changes and post.status != PostStatus.DRAFT:
        changed = _as_changed(post, patch, changes)
        names = await names_of(session, *await speakers_of(session, post))
        lost = await _lost(session, post, changed.details) if "details" in changes else ()
        findings = confirmed_findings(kind_of(post), changed, changed.title, names, lost)
        await keep_confirmations(session, post, findings, actor.person_id)
        await _keep_revision(session, actor.person_id, post)
    for name, value in changes.items():
        setattr(post, name, value)
    await reindex(session, post)
    if "body" in changes:
        found = await mentioned_in(session, post.body)
        post.body_html = render_markdown(post.body, found.paths)
        post.excerpt = plain_text(post.body, EXCERPT)
        if post.status != PostStatus.DRAFT and not post.is_concealed:
            await record_mentions(session, found, post_id=post.id)
    if post.status != PostStatus.DRAFT:
        post.edited_at = moment_of(kind_of(post), restored(post.kind, post.details), clock.now())
        emit(session, PostEdited(post_id=post.id))
    if post.status in MET and kind_of(post).is_over(restored(post.kind, post.details)):
        post.conclusion = Conclusion.HERE
        end_post(session, post, PostStatus.DONE)
    await session.flush()
    return post


async def _lost(session: Session, post: Post, details: Any) -> Sequence[Finding]:
    """Return warnings of what a change takes away that others reckon with."""
    loses = kind_of(post).loses
    return await loses(session, post, details) if loses else ()


async def _keep_revision(session: Session, person_id: UUID, post: Post) -> None:
    session.add(
        PostRevision(
            post_id=post.id,
            number=1 + (await _revisions(session, post.id)),
            title=post.title,
            body=post.body,
            details=post.details,
            tags=post.tags,
            replaced_by_id=None if post.is_concealed else person_id,
        )
    )


def _as_changed(post: Post, patch: PostPatch, changes: dict[str, Any]) -> PostChange:
    """Return a post as it will read, for examining it."""
    return PostChange(
        details=restored(post.kind, changes.get("details", post.details)),
        title=changes.get("title", post.title),
        body=changes.get("body", post.body),
        tags=changes.get("tags", post.tags),
        valid_until=patch.valid_until,
        confirmed=patch.confirmed,
    )


async def _revisions(session: Session, post_id: UUID) -> int:
    counted = select(func.count()).where(PostRevision.post_id == post_id)
    return await session.scalar(counted) or 0


async def _changes(session: Session, post: Post, patch: PostPatch) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    kind = kind_of(post)
    if patch.body is not None:
        wanted["body"] = patch.body
    if patch.tags is not None:
        wanted["tags"] = all_tags(patch.tags, patch.body or post.body)
    if patch.audience is not None:
        wanted["audience"] = patch.audience
    details = patch.details or restored(post.kind, post.details)
    if details.kind != post.kind:
        text = N_("Die Art eines Beitrags lässt sich nicht ändern.")
        raise Invalid(FieldError(("details",), "kind_is_fixed", text))
    if kind.conceals(details) != post.is_concealed:
        text = N_("Ob ein Beitrag unter Chiffre steht, lässt sich nicht mehr ändern.")
        raise Invalid(FieldError(("details",), "concealment_is_fixed", text))
    wanted["details"] = stored(details)
    wanted["due_at"] = kind.due(details)
    if patch.title not in {None, post.title}:
        change = PostChange(details=details, title=patch.title or "", body=patch.body or post.body)
        wanted["title"] = title_of(kind, change)
    elif kind.title and post.title == kind.title(restored(post.kind, post.details)):
        wanted["title"] = kind.title(details)
    meant = await _meant(session, post, patch, details)
    wanted["place_id"] = await place_to_show(session, kind, details, meant)
    if kind.lifetime and (patch.valid_until or wanted["details"] != post.details):
        change = PostChange(details=details, valid_until=patch.valid_until)
        now = moment_of(kind, details, clock.now())
        wanted["expires_at"] = end_of(kind, change, now, published_at=_first(post))
    return {name: value for name, value in wanted.items() if getattr(post, name) != value}


def _first(post: Post) -> datetime | None:
    """Return when a post was published first; a draft has not been."""
    return None if post.status == PostStatus.DRAFT else post.published_at


async def _meant(session: Session, post: Post, patch: PostPatch, details: Any) -> UUID | None:
    """Return the place of a post after a change: as named, else as its details say."""
    kind = kind_of(post)
    own = kind.place(details)
    if not patch.place and own != kind.place(restored(post.kind, post.details)):
        return await _place(session, post, own)
    if patch.place is not None and (patch.place or not own):
        return await _place(session, post, patch.place)
    return post.place_id


async def _place(session: Session, post: Post, text: str) -> UUID | None:
    """Return the place that is meant; the name that the post shows already means its place."""
    shown = await session.scalar(select(Place.name).where(Place.id == post.place_id))
    if text and text == shown:
        return post.place_id
    if text and kind_of(post).has_place:
        return (await find_place(session, text)).id
    person_id, company_id = await speakers_of(session, post)
    company = await session.get(Company, company_id) if company_id else None
    return await place_of(session, kind_of(post), text, person_id, company)
