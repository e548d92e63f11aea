"""Whoever leaves looks for nothing any more."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.features.accounts.account import AccountClosed
from app.models.searches import SavedSearch


@on(AccountClosed)
async def forget_searches(session: Session, event: AccountClosed) -> None:
    """Forget the searches that a person kept.

    What was found for them goes with them.
    """
    await session.execute(delete(SavedSearch).where(SavedSearch.person_id == event.person_id))
