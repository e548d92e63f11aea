"""Publishing posts, at once or from a draft."""

from typing import Annotated, ClassVar
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import FieldError, Invalid, NotFound, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.text import plain_text, render_markdown
from app.features.companies.speaking import require_voice
from app.features.groups import policy as groups_policy
from app.features.groups.loading import GroupArchived
from app.features.posts.access import MembersOnly, post_for
from app.features.posts.attaching import attach
from app.features.posts.composing import (
    EXCERPT,
    all_tags,
    confirmed_findings,
    end_of,
    keep_confirmations,
    kind_of,
    moment_of,
    names_of,
    next_reference,
    place_of,
    place_to_show,
    refuse_what_is_over,
    reindex,
    title_of,
)
from app.features.posts.concealing import conceal, speakers_of
from app.features.posts.drafts import KINDS, Confirmed, PostChange, PostDraft, restored, stored
from app.features.posts.mentions import Found, mentioned_in, record_mentions
from app.features.posts.policy import Act
from app.models.companies import Company
from app.models.groups import Group, Membership
from app.models.posts import Post, PostStatus


class PostPublished(Event):
    name: ClassVar[str] = "post.published"
    post_id: UUID


class PublicationDraft(BaseModel):
    """What is confirmed when a draft is published."""

    model_config = ConfigDict(extra="forbid")

    confirmed: Annotated[Confirmed, Asked(N_("Zur Kenntnis genommen"), widget="checkboxes")] = []


async def publish_post(session: Session, actor: Actor, draft: PostDraft) -> Post:
    """Publish a post in the actor's own name or in a company's, in a group or on its own.

    With ``as_draft`` it is kept for its author, unexamined, until ``publish_draft``. Refuses
    groups that the actor may not see (as unknown), groups it is no member of, archived groups,
    any group for a concealed post (its few members include the author), companies it does not
    speak for, companies without an Impressum, and whatever its kind finds wrong or wants
    confirmed.
    """
    if actor.person_id is None:
        raise SignInRequired
    if draft.group_id:
        _check_concealment(draft)
        await _check_group(session, actor, draft.group_id)
    company = await require_voice(session, actor, draft.company_id) if draft.company_id else None
    kind = KINDS[draft.details.kind]
    refuse_what_is_over(kind, draft.details)
    title = title_of(kind, draft)
    names = await names_of(session, actor.person_id, draft.company_id)
    confirmed = [] if draft.as_draft else confirmed_findings(kind, draft, title, names)
    found = await mentioned_in(session, draft.body)
    post = await _written(session, actor.person_id, draft, title, company, found)
    await attach(session, actor, post, draft.attachments)
    await keep_confirmations(session, post, confirmed, actor.person_id)
    if not draft.as_draft:
        await _meet_readers(session, post, found)
    await session.flush()
    return post


async def _written(
    session: Session,
    person_id: UUID,
    draft: PostDraft,
    title: str,
    company: Company | None,
    found: Found,
) -> Post:
    """Write the row of a post, and who is behind a concealed one apart from it."""
    kind = KINDS[draft.details.kind]
    now = moment_of(kind, draft.details, clock.now())
    concealed = kind.conceals(draft.details)
    place = draft.place or kind.place(draft.details)
    meant = await place_of(session, kind, place, person_id, company)
    post = Post(
        kind=kind.key,
        title=title,
        body=draft.body,
        body_html=render_markdown(draft.body, found.paths),
        excerpt=plain_text(draft.body, EXCERPT),
        details=stored(draft.details),
        tags=all_tags(draft.tags, draft.body),
        author_id=None if concealed else person_id,
        is_concealed=concealed,
        company_id=company.id if company and not concealed else None,
        group_id=draft.group_id,
        place_id=await place_to_show(session, kind, draft.details, meant),
        external_id=draft.external_id,
        reference=await next_reference(session, kind, now),
        audience=draft.audience,
        status=PostStatus.DRAFT if draft.as_draft else PostStatus.ACTIVE,
        published_at=now,
        due_at=kind.due(draft.details),
        expires_at=end_of(kind, draft, now),
    )
    if concealed:
        post.id = uuid4()  # random: others are made of the time, and stand beside what else one did
    session.add(post)
    await session.flush()
    if concealed:
        conceal(session, post.id, person_id, company.id if company else None)
    await reindex(session, post)
    return post


async def _meet_readers(session: Session, post: Post, found: Found) -> None:
    """Have a post that has just become active told of; a concealed one mentions nobody."""
    if not post.is_concealed:
        await record_mentions(session, found, post_id=post.id)
    emit(session, PostPublished(post_id=post.id))


async def publish_draft(
    session: Session,
    actor: Actor,
    post_id: UUID,
    *,
    confirmed: list[str],
    expected: int | None = None,
) -> Post:
    """Publish what was kept as a draft, now that its kind finds nothing wrong with it."""
    post = await post_for(session, actor, post_id, Act.PUBLISH, lock=True)
    if actor.person_id is None:
        raise SignInRequired
    if expected is not None and expected != post.version:
        raise Stale
    if post.group_id:
        await _check_group(session, actor, post.group_id)
    if post.company_id:
        await require_voice(session, actor, post.company_id)
    kind = kind_of(post)
    change = PostChange(
        details=restored(post.kind, post.details),
        title=post.title,
        body=post.body,
        tags=post.tags,
        confirmed=confirmed,
    )
    refuse_what_is_over(kind, change.details)
    names = await names_of(session, *await speakers_of(session, post))
    findings = confirmed_findings(kind, change, post.title, names)
    await keep_confirmations(session, post, findings, actor.person_id)
    post.status = PostStatus.ACTIVE
    post.published_at = moment_of(kind, change.details, clock.now())
    post.expires_at = end_of(kind, change, post.published_at)
    await _meet_readers(session, post, await mentioned_in(session, post.body))
    await session.flush()
    return post


def _check_concealment(draft: PostDraft) -> None:
    if KINDS[draft.details.kind].conceals(draft.details):
        text = N_("Unter Chiffre veröffentlichen Sie nur außerhalb von Gruppen.")
        raise Invalid(FieldError(("group_id",), "no_group_under_reference", text))


async def _check_group(session: Session, actor: Actor, group_id: UUID) -> None:
    """Refuse to post in a group; its row is locked against being archived meanwhile."""
    row = (
        await session.execute(
            select(Group, Membership.standing)
            .outerjoin(
                Membership,
                (Membership.group_id == Group.id) & (Membership.person_id == actor.person_id),
            )
            .where(Group.id == group_id, groups_policy.visible_to(actor))
            .with_for_update(read=True, of=Group)
        )
    ).first()
    if row is None:
        raise NotFound
    if row.standing not in groups_policy.INSIDE:
        raise MembersOnly
    if row.Group.archived_at is not None:
        raise GroupArchived
