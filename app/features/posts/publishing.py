"""Publishing posts."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.text import find_tags, plain_text, render_markdown
from app.features.companies.speaking import require_voice
from app.features.groups import policy as groups_policy
from app.features.groups.loading import GroupArchived
from app.features.places.lookup import find_place
from app.features.posts.access import MembersOnly
from app.features.posts.attaching import attach
from app.features.posts.drafts import KINDS, MAX_TAGS, PostDraft, stored
from app.features.posts.mentions import mentioned_in, record_mentions
from app.models.companies import Company, Site
from app.models.groups import Group, Membership
from app.models.people import Person
from app.models.posts import Post

EXCERPT = 280  # characters


class PostPublished(Event):
    name: ClassVar[str] = "post.published"
    post_id: UUID


async def publish_post(session: Session, actor: Actor, draft: PostDraft) -> Post:
    """Publish a post in the actor's own name or in a company's, in a group or on its own.

    Refuses groups that the actor may not see (as unknown), groups it is no member of, archived
    groups, companies it does not speak for, and companies without an Impressum.
    """
    if actor.person_id is None:
        raise SignInRequired
    if draft.group_id:
        await _check_group(session, actor, draft.group_id)
    company = await require_voice(session, actor, draft.company_id) if draft.company_id else None
    found = await mentioned_in(session, draft.body)
    kind = KINDS[draft.details.kind]
    now = clock.now()
    lives = kind.lives_for_days
    post = Post(
        kind=kind.key,
        title=draft.title,
        body=draft.body,
        body_html=render_markdown(draft.body, found.paths),
        excerpt=plain_text(draft.body, EXCERPT),
        details=stored(draft.details),
        tags=all_tags(draft.tags, draft.body),
        author_id=actor.person_id,
        company_id=company.id if company else None,
        group_id=draft.group_id,
        place_id=await place_of(session, draft.place, actor.person_id, company),
        published_at=now,
        expires_at=now + timedelta(days=lives) if lives else None,
    )
    session.add(post)
    await session.flush()
    await attach(session, actor, post, draft.attachments)
    await record_mentions(session, found, post_id=post.id)
    emit(session, PostPublished(post_id=post.id))
    await session.flush()
    return post


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


def all_tags(given: Sequence[str], body: str) -> list[str]:
    """Return the tags given and those written in the text, each once, ten at most."""
    return list(dict.fromkeys([*given, *find_tags(body)]))[:MAX_TAGS]


async def place_of(
    session: Session, text: str, person_id: UUID, company: Company | None
) -> UUID | None:
    """Return the place that is meant; without a text, where the company or the person is."""
    if text:
        return (await find_place(session, text)).id
    home = (
        select(Site.place_id).where(Site.company_id == company.id, Site.is_main)
        if company
        else select(Person.place_id).where(Person.id == person_id)
    )
    return await session.scalar(home)
