"""Whoever leaves reads no feed any more, and nothing is filed under them."""

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.features.accounts.account import AccountClosed
from app.features.follows.following import is_thing
from app.features.follows.targets import Thing
from app.models.feed import FeedEntry, FeedPosition, Mute
from app.models.follows import FollowTarget


@on(AccountClosed)
async def forget_reading(session: Session, event: AccountClosed) -> None:
    """Forget what a person muted and how far they read, and that others muted them.

    Their posts stay, and are filed under whatever else they are about.
    """
    person = Thing(FollowTarget.PERSON, str(event.person_id))
    theirs = Mute.person_id == event.person_id
    for gone in (
        delete(Mute).where(or_(theirs, is_thing(Mute, person))),
        delete(FeedPosition).where(FeedPosition.person_id == event.person_id),
        delete(FeedEntry).where(is_thing(FeedEntry, person)),
    ):
        await session.execute(gone)
