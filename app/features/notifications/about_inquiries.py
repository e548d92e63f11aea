"""What happens in inquiries, told to the other side.

Of an inquiry under aliases nothing is said but that there is something new: whoever reads along
in a mailbox learns neither who writes nor what about.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.inquiries.answering import InquiryMoved
from app.features.inquiries.asking import InquirySent
from app.features.inquiries.parties import people_on
from app.features.messages.threads import MessageWritten
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import AnsweredIn, Matter, Wording
from app.models.companies import Company
from app.models.inquiries import Inquiry, InquiryState
from app.models.messages import Message, ReadMark, Side
from app.models.people import Person
from app.models.posts import Post

RECEIVED = Wording(
    "inquiry.received",
    topics.INQUIRIES,
    N_("%(who)s hat zu „%(post)s“ angefragt."),
    answered_in=AnsweredIn.INQUIRY,
)
WRITTEN = Wording(
    "inquiry.written",
    topics.INQUIRIES,
    N_("Neue Nachricht in der Anfrage zu „%(post)s“."),
    answered_in=AnsweredIn.INQUIRY,
)
ACCEPTED = Wording(
    "inquiry.accepted",
    topics.INQUIRIES,
    N_("Zusage zu Ihrer Anfrage „%(post)s“."),
    answered_in=AnsweredIn.INQUIRY,
)
DECLINED = Wording(
    "inquiry.declined",
    topics.INQUIRIES,
    N_("Absage zu Ihrer Anfrage „%(post)s“."),
    answered_in=AnsweredIn.INQUIRY,
)
CLOSED = Wording(
    "inquiry.closed",
    topics.INQUIRIES,
    N_("Die Anfrage zu „%(post)s“ ist abgeschlossen."),
)
WITHDRAWN = Wording(
    "inquiry.withdrawn", topics.INQUIRIES, N_("Eine Anfrage zu „%(post)s“ wurde zurückgezogen.")
)
CONFIDENTIAL = Wording(
    "inquiry.confidential",
    topics.INQUIRIES,
    N_("Es gibt etwas Neues in einem vertraulichen Verlauf."),
)
_BY_STATE = {
    InquiryState.ACCEPTED: ACCEPTED,
    InquiryState.DECLINED: DECLINED,
    InquiryState.CLOSED: CLOSED,
    InquiryState.WITHDRAWN: WITHDRAWN,
}


@on(InquirySent)
async def tell_keepers(session: Session, event: InquirySent) -> None:
    """Tell who keeps a post that somebody asks about it."""
    inquiry = await session.get(Inquiry, event.inquiry_id)
    if inquiry is None or inquiry.state == InquiryState.WITHDRAWN:
        return
    people = await people_on(session, inquiry, Side.KEEPER)
    await _tell(session, inquiry, RECEIVED, people, "sent")


@on(MessageWritten)
async def tell_of_a_message(session: Session, event: MessageWritten) -> None:
    """Tell the other side of a message: once, until they have read what is new.

    Of the first message they learn from the inquiry itself.
    """
    inquiry = await session.scalar(select(Inquiry).where(Inquiry.thread_id == event.thread_id))
    message = await session.get(Message, event.message_id)
    if inquiry is None or message is None or message.sent_at <= inquiry.opened_at:
        return
    side = Side.KEEPER if message.side == Side.OPENER else Side.OPENER
    for person_id in await people_on(session, inquiry, side):
        read = await read_until(session, event.thread_id, person_id)
        if read is None or read < message.sent_at:
            await _tell(session, inquiry, WRITTEN, [person_id], f"written:{read}")


@on(InquiryMoved)
async def tell_of_a_state(session: Session, event: InquiryMoved) -> None:
    """Tell the other side how an inquiry was decided."""
    inquiry = await session.get(Inquiry, event.inquiry_id)
    wording = _BY_STATE.get(event.state)
    if inquiry is None or wording is None:
        return
    side = Side.KEEPER if event.side == Side.OPENER else Side.OPENER
    await _tell(session, inquiry, wording, await people_on(session, inquiry, side), event.state)


async def read_until(session: Session, thread_id: UUID, person_id: UUID) -> datetime | None:
    """Return up to when a person has read a thread."""
    found: datetime | None = await session.scalar(
        select(ReadMark.read_until).where(
            ReadMark.thread_id == thread_id, ReadMark.person_id == person_id
        )
    )
    return found


async def _tell(
    session: Session, inquiry: Inquiry, wording: Wording, people: list[UUID], key: str
) -> None:
    params: dict[str, str] = {}
    if inquiry.is_concealed:
        wording = CONFIDENTIAL
    else:
        post = await session.get_one(Post, inquiry.post_id)
        params = {"post": post.title, "who": await _asking(session, inquiry)}
    await tell(
        session,
        wording,
        people,
        params=params,
        path=f"/inquiries/{inquiry.id}",
        dedup_key=f"inquiry:{inquiry.id}:{key}",
        matter=Matter(f"inquiry:{inquiry.id}"),
    )


async def _asking(session: Session, inquiry: Inquiry) -> str:
    if inquiry.company_id:
        named = select(Company.name).where(Company.id == inquiry.company_id)
    else:
        named = select(Person.name).where(Person.id == inquiry.person_id)
    return await session.scalar(named) or ""
