"""The people on both sides of an inquiry at this moment, to be told what concerns them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.features.companies.speaking import speakers_of
from app.features.posts.keeping import keepers_of
from app.models.inquiries import Inquiry
from app.models.messages import Side
from app.models.posts import Post


async def people_on(session: Session, inquiry: Inquiry, side: Side) -> list[UUID]:
    """Return the people who read an inquiry on one side; who stands on both, asked."""
    asked = (
        await speakers_of(session, inquiry.company_id)
        if inquiry.company_id
        else [inquiry.person_id]
    )
    if side == Side.OPENER:
        return asked
    post = await session.get_one(Post, inquiry.post_id)
    return [person for person in await keepers_of(session, post) if person not in asked]
