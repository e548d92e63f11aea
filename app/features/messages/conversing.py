"""Conversations: writing to a person or a company, answering, refusing a first message."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, SignInRequired
from app.core.i18n import N_
from app.core.limits import limiter
from app.features.companies.policy import speaks_for
from app.features.messages import policy
from app.features.messages.blocking import NotContactable, is_blocked
from app.features.messages.policy import Act, Standing
from app.features.messages.threads import (
    MessageDraft,
    mark_thread_read,
    open_thread,
    write_message,
)
from app.models.companies import Company, CompanyState
from app.models.groups import Membership, Standing as GroupStanding
from app.models.messages import Conversation, ConversationState, Message, Side
from app.models.people import Person

_TOGETHER = (GroupStanding.MEMBER, GroupStanding.MODERATOR, GroupStanding.OWNER)
_mine, _theirs = aliased(Membership), aliased(Membership)


class AnswerAwaited(Conflict):
    code: ClassVar[str] = "answer_awaited"
    text: ClassVar[str] = N_(
        "Ihre erste Nachricht wartet noch auf eine Antwort. Erst dann können Sie weiterschreiben."
    )


class OneAddressee(Invalid):
    code: ClassVar[str] = "one_addressee"
    text: ClassVar[str] = N_("Bitte nennen Sie eine Person oder ein Unternehmen.")


class ConversationDraft(MessageDraft):
    """A message to a person or to a company; give one of both."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID | None = None
    company_id: UUID | None = None


class AnswerDraft(BaseModel):
    """What becomes of a stranger's first message."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[
        Literal["accepted", "refused"],
        Field(description="Who is refused does not learn of it."),
    ]


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation, with the actor's side, and what they may do."""

    conversation: Conversation
    side: Side
    acts: frozenset[Act]


async def open_conversation(session: Session, actor: Actor, conversation_id: UUID) -> Opened:
    """Load a conversation for one of its sides, locked until commit; else it is unknown."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = (
        await session.execute(
            select(Conversation, policy.side_of(actor).label("side"))
            .where(Conversation.id == conversation_id, policy.visible_to(actor))
            .with_for_update(of=Conversation)
            .execution_options(populate_existing=True)
        )
    ).first()
    if row is None:
        raise NotFound
    found: Conversation = row.Conversation
    here = Standing(Side(row.side), found.state, found.company_id is not None)
    return Opened(found, Side(row.side), policy.acts(actor, here))


async def write_to(session: Session, actor: Actor, draft: ConversationDraft) -> Conversation:
    """Write to a person or a company: into the conversation that there is, or into a new one.

    A stranger's first message to a person is a request, without files; who is in a group with
    the addressee needs none. Refuses those who are blocked, people under 18 on either side,
    strangers where none are wanted, and a second message before the first is answered.
    """
    if actor.person_id is None:
        raise SignInRequired
    if (draft.person_id is None) == (draft.company_id is None):
        raise OneAddressee(FieldError(("person_id",), OneAddressee.code, OneAddressee.text))
    said = MessageDraft(text=draft.text, files=draft.files)
    if draft.company_id:
        await _check_company(session, actor, draft.company_id)
    addressee = await _pair(session, actor.person_id, draft.person_id)
    known = await _between(session, actor.person_id, draft)
    if known:
        await write_in_conversation(session, actor, known.id, said)
        return known
    return await _begin(session, actor, draft, addressee, said)


async def _check_company(session: Session, actor: Actor, company_id: UUID) -> None:
    row = (
        await session.execute(
            select(Company.state, speaks_for(actor, Company.id).label("own")).where(
                Company.id == company_id
            )
        )
    ).first()
    if row is None or row.state != CompanyState.ACTIVE:
        raise NotFound
    if row.own:
        raise NotContactable


async def _pair(session: Session, me: UUID, other: UUID | None) -> Person | None:
    """Lock both people, in one order, so that they do not begin two conversations at once."""
    found = {
        person.id: person
        for person in await session.scalars(
            select(Person)
            .where(Person.id.in_([me, other] if other else [me]), Person.left_at.is_(None))
            .order_by(Person.id)
            .with_for_update(key_share=True)
        )
    }
    if other and other not in found:
        raise NotFound
    if other == me or found[me].is_minor:
        raise NotContactable
    addressee = found[other] if other else None
    if addressee and addressee.is_minor:
        raise NotContactable
    return addressee


async def _between(session: Session, me: UUID, draft: ConversationDraft) -> Conversation | None:
    pair = or_(
        and_(Conversation.opener_id == me, Conversation.person_id == draft.person_id),
        and_(Conversation.opener_id == draft.person_id, Conversation.person_id == me),
    )
    with_company = and_(Conversation.opener_id == me, Conversation.company_id == draft.company_id)
    found: Conversation | None = await session.scalar(
        select(Conversation).where(with_company if draft.company_id else pair)
    )
    return found


async def _begin(
    session: Session,
    actor: Actor,
    draft: ConversationDraft,
    addressee: Person | None,
    said: MessageDraft,
) -> Conversation:
    assert actor.person_id is not None  # noqa: S101 - the caller has seen to it
    if await is_blocked(
        session, actor.person_id, by_person_id=draft.person_id, by_company_id=draft.company_id
    ):
        raise NotContactable
    direct = addressee is None or await _share_a_group(session, actor.person_id, addressee.id)
    if not direct:
        if addressee and not addressee.accepts_messages:
            raise NotContactable
        if said.files:
            text = N_("Eine erste Nachricht kommt ohne Dateien.")
            raise Invalid(FieldError(("files",), "no_files", text))
    await limiter().hit("message_to_strangers", str(actor.person_id))
    thread = await open_thread(session)
    conversation = Conversation(
        thread_id=thread.id,
        opener_id=actor.person_id,
        person_id=draft.person_id,
        company_id=draft.company_id,
        state=ConversationState.ACCEPTED if direct else ConversationState.REQUESTED,
    )
    session.add(conversation)
    await session.flush()
    await write_message(session, actor, thread.id, Side.OPENER, said)
    return conversation


async def _share_a_group(session: Session, one: UUID, other: UUID) -> bool:
    together = exists().where(
        _mine.person_id == one,
        _mine.standing.in_(_TOGETHER),
        _theirs.group_id == _mine.group_id,
        _theirs.person_id == other,
        _theirs.standing.in_(_TOGETHER),
    )
    return bool(await session.scalar(select(together)))


async def write_in_conversation(
    session: Session, actor: Actor, conversation_id: UUID, draft: MessageDraft
) -> Message:
    """Write to the other side; whoever answers a first message has accepted it."""
    opened = await open_conversation(session, actor, conversation_id)
    await _check_reach(session, actor, opened)
    if Act.WRITE not in opened.acts:
        raise AnswerAwaited
    conversation = opened.conversation
    if conversation.state != ConversationState.ACCEPTED:
        conversation.state, conversation.decided_at = ConversationState.ACCEPTED, clock.now()
    return await write_message(session, actor, conversation.thread_id, opened.side, draft)


async def _check_reach(session: Session, actor: Actor, opened: Opened) -> None:
    """Refuse to write to who has blocked the writer or has left, and where one is under 18."""
    conversation = opened.conversation
    people = [conversation.opener_id, *filter(None, [conversation.person_id])]
    reachable = await session.scalars(
        select(Person.id).where(Person.id.in_(people), Person.left_at.is_(None), ~Person.is_minor)
    )
    if set(reachable) != set(people) or actor.person_id is None:
        raise NotContactable
    by_person = conversation.person_id if opened.side == Side.OPENER else conversation.opener_id
    by_company = conversation.company_id if opened.side == Side.OPENER else None
    if await is_blocked(session, actor.person_id, by_person_id=by_person, by_company_id=by_company):
        raise NotContactable


async def answer_request(
    session: Session, actor: Actor, conversation_id: UUID, draft: AnswerDraft
) -> Conversation:
    """Accept a stranger's first message, or refuse it in silence. Twice changes nothing."""
    opened = await open_conversation(session, actor, conversation_id)
    conversation = opened.conversation
    wanted = ConversationState(draft.state)
    if opened.side == Side.KEEPER and conversation.state == wanted:
        return conversation
    act = Act.ACCEPT if wanted == ConversationState.ACCEPTED else Act.REFUSE
    if act not in opened.acts:
        raise Forbidden
    conversation.state, conversation.decided_at = wanted, clock.now()
    await session.flush()
    return conversation


async def read_conversation_now(
    session: Session, actor: Actor, conversation_id: UUID
) -> Conversation:
    """Note that the actor has read everything."""
    opened = await open_conversation(session, actor, conversation_id)
    await mark_thread_read(session, actor, opened.conversation.thread_id)
    return opened.conversation
