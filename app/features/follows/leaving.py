"""Whoever leaves follows nothing any more, and cannot be followed."""

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.features.accounts.account import AccountClosed
from app.features.follows.following import is_thing
from app.features.follows.targets import Thing
from app.models.follows import Follow, FollowTarget


@on(AccountClosed)
async def forget_follows(session: Session, event: AccountClosed) -> None:
    """Forget what a person followed, and that others followed them.

    People are all that can go for good: an archived group is read on, and a closed company may be
    opened again.
    """
    person = Thing(FollowTarget.PERSON, str(event.person_id))
    theirs = Follow.person_id == event.person_id
    await session.execute(delete(Follow).where(or_(theirs, is_thing(Follow, person))))
