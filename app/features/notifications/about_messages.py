"""What is written in conversations, told to the other side; never what it says."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.companies.speaking import speakers_of
from app.features.messages.threads import MessageWritten
from app.features.notifications import topics
from app.features.notifications.about_inquiries import read_until
from app.features.notifications.telling import tell
from app.features.notifications.wording import AnsweredIn, Matter, Wording
from app.models.companies import Company
from app.models.messages import Conversation, ConversationState, Message, Side
from app.models.people import Person

REQUESTED = Wording(
    "message.requested",
    topics.MESSAGES,
    N_("%(who)s möchte Ihnen schreiben."),
    answered_in=AnsweredIn.CONVERSATION,
)
WRITTEN = Wording(
    "message.written",
    topics.MESSAGES,
    N_("Neue Nachricht von %(who)s."),
    answered_in=AnsweredIn.CONVERSATION,
)
TO_COMPANY = Wording(
    "message.to_company",
    topics.MESSAGES,
    N_("Neue Nachricht von %(who)s an „%(company)s“."),
    answered_in=AnsweredIn.CONVERSATION,
)


@on(MessageWritten)
async def tell_the_other_side(session: Session, event: MessageWritten) -> None:
    """Tell the other side of a message: once, until they have read what is new."""
    conversation = await session.scalar(
        select(Conversation).where(Conversation.thread_id == event.thread_id)
    )
    message = await session.get(Message, event.message_id)
    if conversation is None or message is None:
        return
    if conversation.state == ConversationState.REFUSED:
        return
    to_keeper = message.side == Side.OPENER
    company = (
        await session.get(Company, conversation.company_id) if conversation.company_id else None
    )
    wording, params = WRITTEN, {"who": await _writer(session, message, company)}
    if to_keeper and company:
        wording, params = TO_COMPANY, {**params, "company": company.name}
    elif conversation.state == ConversationState.REQUESTED:
        wording = REQUESTED
    for person_id in await _people(session, conversation, to_keeper=to_keeper):
        read = await read_until(session, event.thread_id, person_id)
        if read is None or read < message.sent_at:
            await tell(
                session,
                wording,
                [person_id],
                params=params,
                path=f"/messages/{conversation.id}",
                dedup_key=f"conversation:{conversation.id}:{read}",
                matter=Matter(f"conversation:{conversation.id}"),
            )


async def _people(session: Session, conversation: Conversation, *, to_keeper: bool) -> list[UUID]:
    if not to_keeper:
        return [conversation.opener_id]
    if conversation.company_id:
        return await speakers_of(session, conversation.company_id)
    return [conversation.person_id] if conversation.person_id else []


async def _writer(session: Session, message: Message, company: Company | None) -> str:
    if company and message.side == Side.KEEPER:
        return company.name
    return await session.scalar(select(Person.name).where(Person.id == message.author_id)) or ""
