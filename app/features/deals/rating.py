"""Rating each other after a transport: once each, and shown only when neither can react any more.

Each side has 14 days from the delivery. What was said is shown when both have said it, or when
the time is over; from then on nobody rates. So no rating answers the other.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, NotFound
from app.core.events import Event, emit, every, on
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.settings import settings
from app.core.text import Line
from app.features.deals import policy
from app.features.deals.policy import Act, Standing
from app.features.inquiries.answering import InquiryAccepted, Opened, open_inquiry
from app.features.posts.drafts import KINDS, restored
from app.models.deals import Deal, Rating
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.posts import Post

OPEN_FOR: Final = timedelta(days=14)
AT_ONCE: Final = 500  # deals in one tick


class DeliveryDue(Event):
    """The day of delivery of a deal has passed, so that both sides can rate."""

    name: ClassVar[str] = "deal.delivery_due"
    deal_id: UUID


class RatingsShown(Event):
    name: ClassVar[str] = "deal.ratings_shown"
    deal_id: UUID


class RatingNotPossible(Conflict):
    code: ClassVar[str] = "rating_not_possible"
    text: ClassVar[str] = N_(
        "Bewerten kann jede Seite einmal, ab dem Tag nach der Lieferung und 14 Tage lang."
    )


class RatingDraft(BaseModel):
    """What one side says of the other."""

    model_config = ConfigDict(extra="forbid")

    punctual: Annotated[bool, Asked(N_("Pünktlich"))] = False
    as_agreed: Annotated[bool, Asked(N_("Wie vereinbart"))] = False
    would_again: Annotated[bool, Asked(N_("Gern wieder"))] = False
    text: Annotated[
        str, Line(300, 0), Asked(N_("Ein Satz dazu"), N_("Die andere Seite darf antworten."))
    ] = ""


class RatingReplyDraft(BaseModel):
    """What the rated side answers."""

    model_config = ConfigDict(extra="forbid")

    reply: Annotated[str, Line(300, 2), Asked(N_("Ihre Antwort"))]


@dataclass(frozen=True, slots=True)
class OpenedDeal:
    """A deal with both ratings, as far as they were given, and what the actor may do."""

    deal: Deal | None
    here: Opened
    own: Rating | None
    other: Rating | None
    acts: frozenset[Act]


@on(InquiryAccepted)
async def note_deal(session: Session, event: InquiryAccepted) -> None:
    """Keep when the transport that was agreed on will be delivered. Twice changes nothing."""
    inquiry = await session.get(Inquiry, event.inquiry_id)
    post = await session.get(Post, event.post_id)
    if inquiry is None or post is None:
        return
    offered = await session.get(Post, inquiry.offered_post_id) if inquiry.offered_post_id else None
    now = clock.now()
    ends = [end for one in (post, offered) if one and (end := _ends(one)) is not None]
    if not ends:
        return
    day = max(min(ends), now).astimezone(settings().zone).date() + timedelta(days=1)
    delivered = datetime.combine(day, time(), settings().zone)
    row = {"inquiry_id": inquiry.id, "delivered_at": delivered, "closes_at": delivered + OPEN_FOR}
    await session.execute(
        insert(Deal)
        .values(id=new_id(), **row)
        .on_conflict_do_nothing(index_elements=["inquiry_id"])
    )


def _ends(post: Post) -> datetime | None:
    """Return when a transport is over by itself; None for what is delivered nowhere."""
    kind = KINDS[post.kind]
    if not (kind.has_stops and kind.lifetime):
        return None
    return kind.lifetime.ends(restored(post.kind, post.details))


async def open_deal(session: Session, actor: Actor, inquiry_id: UUID) -> OpenedDeal:
    """Load the deal of an inquiry for one of its sides, locked until commit, or refuse it."""
    opened = await open_inquiry(session, actor, inquiry_id)
    deal = await session.scalar(
        select(Deal).where(Deal.inquiry_id == inquiry_id).execution_options(populate_existing=True)
    )
    if deal is None:
        return OpenedDeal(None, opened, None, None, frozenset())
    found = {
        Side(one.side): one
        for one in await session.scalars(select(Rating).where(Rating.deal_id == deal.id))
    }
    own = found.pop(opened.side, None)
    other = next(iter(found.values()), None)
    here = Standing(
        side=opened.side,
        is_rateable=deal.delivered_at <= clock.now() < deal.closes_at,
        is_closed=deal.closed_at is not None,
        rated=own is not None,
        rated_me=other is not None,
        replied=other is not None and other.replied_at is not None,
    )
    return OpenedDeal(deal, opened, own, other, policy.acts(actor, here))


async def rate_deal(session: Session, actor: Actor, inquiry_id: UUID, draft: RatingDraft) -> None:
    """Say how the other side did. When both have, it is shown to both."""
    opened = await open_deal(session, actor, inquiry_id)
    if opened.deal is None or Act.RATE not in opened.acts or actor.person_id is None:
        raise RatingNotPossible
    inquiry, post = opened.here.inquiry, opened.here.post
    is_opener = opened.here.side == Side.OPENER
    session.add(
        Rating(
            deal_id=opened.deal.id,
            side=opened.here.side,
            author_id=actor.person_id,
            rated_company_id=post.company_id if is_opener else inquiry.company_id,
            **draft.model_dump(),
        )
    )
    if opened.other is not None:
        _close(session, opened.deal)
    await session.flush()


async def reply_to_rating(
    session: Session, actor: Actor, inquiry_id: UUID, draft: RatingReplyDraft
) -> None:
    """Answer once what the other side said."""
    opened = await open_deal(session, actor, inquiry_id)
    if opened.other is None or Act.REPLY not in opened.acts:
        raise NotFound
    opened.other.reply, opened.other.replied_at = draft.reply, clock.now()
    await session.flush()


def _close(session: Session, deal: Deal) -> None:
    deal.closed_at = clock.now()
    emit(session, RatingsShown(deal_id=deal.id))


@every("12 * * * *")
async def ask_for_ratings(session: Session) -> None:
    """Ask both sides once after the delivery, and show what was said when the time is over."""
    now = clock.now()
    deals = await session.scalars(
        select(Deal)
        .where(Deal.closed_at.is_(None), Deal.delivered_at <= now)
        .order_by(Deal.asked_at.is_not(None), Deal.delivered_at)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for deal in deals:
        if deal.closes_at <= now:
            _close(session, deal)
        elif deal.asked_at is None:
            deal.asked_at = now
            emit(session, DeliveryDue(deal_id=deal.id))
