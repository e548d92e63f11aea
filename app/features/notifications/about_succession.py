"""What happens between the aliases of a concealed post; nothing said here names or describes it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.companies.policy import SPEAKING
from app.features.inquiries.asking import InquirySent
from app.features.inquiries.parties import people_on
from app.features.notifications import topics
from app.features.notifications.about_inquiries import CONFIDENTIAL
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording
from app.features.succession.mediating import RequestChecked
from app.features.succession.releasing import IdentitiesOpened, IdentityReleased
from app.models.companies import Staff
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.succession import Disclosure, Mediation

MEDIATE = Wording(
    "mediation.requested", topics.MEDIATIONS, N_("Sie sind um eine Vermittlung gebeten.")
)


@on(IdentityReleased)
async def tell_of_a_release(session: Session, event: IdentityReleased) -> None:
    """Tell the other side that there is something new, while the release stands."""
    disclosure = await session.scalar(
        select(Disclosure).where(Disclosure.inquiry_id == event.inquiry_id)
    )
    if disclosure is None:
        return
    by_opener = event.side == Side.OPENER
    at = disclosure.opener_released_at if by_opener else disclosure.keeper_released_at
    if at is not None:
        await _tell(session, event.inquiry_id, _other(event.side), f"released:{event.side}:{at}")


@on(IdentitiesOpened)
async def tell_of_the_look(session: Session, event: IdentitiesOpened) -> None:
    """Tell the other side that both know each other now."""
    await _tell(session, event.inquiry_id, _other(event.side), "opened")


@on(RequestChecked)
async def tell_of_the_check(session: Session, event: RequestChecked) -> None:
    """Tell who keeps the post that the mediator has looked at a request."""
    await _tell(session, event.inquiry_id, Side.KEEPER, "checked")


@on(InquirySent)
async def tell_mediators(session: Session, event: InquirySent) -> None:
    """Tell those who speak for the mediator that there is a request to look at."""
    inquiry = await session.get(Inquiry, event.inquiry_id)
    if inquiry is None or not inquiry.is_concealed:
        return
    people = await session.scalars(
        select(Staff.person_id)
        .join(Mediation, Mediation.company_id == Staff.company_id)
        .where(
            Mediation.post_id == inquiry.post_id,
            Staff.ended_at.is_(None),
            Staff.role.in_(SPEAKING),
        )
    )
    await tell(
        session,
        MEDIATE,
        people,
        params={},
        path=f"/mediation/{inquiry.id}",
        dedup_key=f"{MEDIATE.type}:{inquiry.id}",
    )


def _other(side: Side) -> Side:
    return Side.KEEPER if side == Side.OPENER else Side.OPENER


async def _tell(session: Session, inquiry_id: UUID, side: Side, key: str) -> None:
    inquiry = await session.get(Inquiry, inquiry_id)
    if inquiry is None:
        return
    people: Iterable[UUID] = await people_on(session, inquiry, side)
    await tell(
        session,
        CONFIDENTIAL,
        people,
        params={},
        path=f"/releases/{inquiry_id}",
        dedup_key=f"disclosure:{inquiry_id}:{key}",
        matter=Matter(f"inquiry:{inquiry_id}"),
    )
