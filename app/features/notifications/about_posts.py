"""What events of posts and replies tell whom: only those who may see the post now."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.events import on
from app.core.i18n import N_
from app.features.companies.policy import SPEAKING
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import AnsweredIn, Matter, Wording
from app.features.posts import policy
from app.features.posts.mentions import Mentioned
from app.features.posts.replying import AnswerAccepted, ReplyPosted
from app.models.companies import Company, Staff
from app.models.people import Person
from app.models.posts import Mention, Post, Reply

REPLIED = Wording(
    "post.replied",
    topics.REPLIES,
    N_("%(who)s hat auf „%(post)s“ geantwortet."),
    thread=N_("Antwort auf „%(post)s“"),
    several=N_("%(count)s neue Antworten auf „%(post)s“."),
    each="who",
    answered_in=AnsweredIn.POST,
)
ACCEPTED = Wording(
    "post.answer_accepted",
    topics.ACCEPTED,
    N_("Ihre Antwort auf „%(post)s“ ist als hilfreichste Antwort ausgezeichnet."),
    answered_in=AnsweredIn.POST,
)
MENTIONED = Wording(
    "post.mentioned",
    topics.MENTIONS,
    N_("%(who)s hat Sie in „%(post)s“ erwähnt."),
    several=N_("%(count)s Erwähnungen in „%(post)s“."),
    each="who",
    answered_in=AnsweredIn.POST,
)
COMPANY_MENTIONED = Wording(
    "post.company_mentioned",
    topics.MENTIONS,
    N_("%(who)s hat %(company)s in „%(post)s“ erwähnt."),
    answered_in=AnsweredIn.POST,
)


async def _who(session: Session, text: Post | Reply) -> str:
    """Return under whose name a text stands: the company's, else the person's."""
    if text.company_id:
        named = select(Company.name).where(Company.id == text.company_id)
    else:
        named = select(Person.name).where(Person.id == text.author_id)
    return await session.scalar(named) or ""


async def who_may_see(session: Session, post_id: UUID, people: Iterable[UUID]) -> list[UUID]:
    """Return those of these people who may see a post that readers meet now."""
    each = Actor(person_id=cast(Any, Person.id))
    found = await session.scalars(
        select(Person.id)
        .join(Post, Post.id == post_id)
        .where(Person.id.in_(list(people)), policy.current(), policy.visible_to(each))
    )
    return list(found)


async def _reply(session: Session, reply_id: UUID) -> tuple[Post, Reply] | None:
    row = (
        await session.execute(
            select(Post, Reply)
            .join(Post, Post.id == Reply.post_id)
            .where(Reply.id == reply_id, Reply.withdrawn_at.is_(None))
        )
    ).first()
    return (row.Post, row.Reply) if row else None


def matter_of(post: Post) -> Matter:
    """Return what is told of a post: its readers must still see it."""
    path = f"/posts/{post.id}"
    return Matter(f"post:{post.id}", post_id=post.id, group_id=post.group_id, path=path)


def _path(post: Post, reply_id: UUID | None) -> str:
    return f"/posts/{post.id}#reply-{reply_id}" if reply_id else f"/posts/{post.id}"


@on(ReplyPosted)
async def tell_author(session: Session, event: ReplyPosted) -> None:
    """Tell the author of a post that somebody else replied."""
    found = await _reply(session, event.reply_id)
    if found is None:
        return
    post, reply = found
    if post.author_id is None or reply.author_id == post.author_id:
        return
    await tell(
        session,
        REPLIED,
        await who_may_see(session, post.id, [post.author_id]),
        params={"who": await _who(session, reply), "post": post.title},
        path=_path(post, reply.id),
        dedup_key=f"{REPLIED.type}:{reply.id}",
        matter=matter_of(post),
    )


@on(AnswerAccepted)
async def tell_helper(session: Session, event: AnswerAccepted) -> None:
    """Tell who replied that their answer was accepted, while it is."""
    found = await _reply(session, event.reply_id)
    if found is None:
        return
    post, reply = found
    if reply.author_id == post.author_id or post.accepted_reply_id != reply.id:
        return
    await tell(
        session,
        ACCEPTED,
        await who_may_see(session, post.id, [reply.author_id]),
        params={"post": post.title},
        path=_path(post, reply.id),
        dedup_key=f"{ACCEPTED.type}:{reply.id}",
        matter=matter_of(post),
    )


@on(Mentioned)
async def tell_mentioned(session: Session, event: Mentioned) -> None:
    """Tell a person, or those who speak for a company, that they are mentioned, while they are.

    The author of a post who is mentioned in a reply is told of the reply already.
    """
    mention = await session.get(Mention, event.mention_id)
    post = await session.get(Post, mention.post_id) if mention else None
    if mention is None or post is None:
        return
    text: Post | Reply = post
    if mention.reply_id:
        found = await _reply(session, mention.reply_id)
        if found is None:
            return
        text = found[1]
    told = {text.author_id, post.author_id}
    people = [one for one in await _meant(session, mention) if one not in told]
    company = await session.get(Company, mention.company_id) if mention.company_id else None
    wording = COMPANY_MENTIONED if company else MENTIONED
    named = {"company": company.name} if company else {}
    await tell(
        session,
        wording,
        await who_may_see(session, post.id, people),
        params={"who": await _who(session, text), "post": post.title, **named},
        path=_path(post, mention.reply_id),
        dedup_key=f"{wording.type}:{mention.id}",
        matter=matter_of(post),
    )


async def _meant(session: Session, mention: Mention) -> list[UUID]:
    if mention.person_id:
        return [mention.person_id]
    speaking = await session.scalars(
        select(Staff.person_id).where(
            Staff.company_id == mention.company_id,
            Staff.ended_at.is_(None),
            Staff.role.in_(SPEAKING),
        )
    )
    return list(speaking)
