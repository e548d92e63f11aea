"""Asking both sides of a transport to rate each other, and telling them when that is shown."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.deals.rating import DeliveryDue, RatingsShown
from app.features.inquiries.parties import people_on
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording
from app.models.deals import Deal
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.posts import Post

PLEASE_RATE = Wording(
    "deal.please_rate",
    topics.INQUIRIES,
    N_("Bitte bewerten Sie die andere Seite: Der Transport zu „%(post)s“ ist geliefert."),
)
SHOWN = Wording(
    "deal.ratings_shown", topics.INQUIRIES, N_("Die Bewertungen zu „%(post)s“ sind jetzt zu sehen.")
)


@on(DeliveryDue)
async def ask_both_sides(session: Session, event: DeliveryDue) -> None:
    """Ask once."""
    await _tell(session, event.deal_id, PLEASE_RATE)


@on(RatingsShown)
async def tell_both_sides(session: Session, event: RatingsShown) -> None:
    """Tell that the ratings, if there are any, can be read and answered."""
    await _tell(session, event.deal_id, SHOWN)


async def _tell(session: Session, deal_id: UUID, wording: Wording) -> None:
    deal = await session.get(Deal, deal_id)
    if deal is None:
        return
    inquiry = await session.get_one(Inquiry, deal.inquiry_id)
    post = await session.get_one(Post, inquiry.post_id)
    people = [one for side in Side for one in await people_on(session, inquiry, side)]
    await tell(
        session,
        wording,
        people,
        params={"post": post.title},
        path=f"/deals/{inquiry.id}",
        dedup_key=f"{wording.type}:{deal.id}",
        matter=Matter(f"inquiry:{inquiry.id}"),
    )
