"""Who keeps a post, and the keys by which a mail lets them decide about it without signing in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.errors import Gone
from app.core.i18n import N_
from app.core.secret import signing_key
from app.features.companies.policy import SPEAKING
from app.features.posts.concealing import speakers_of
from app.models.companies import Staff
from app.models.posts import Post

VALID_FOR: Final = timedelta(days=30)


class KeyInvalid(Gone):
    code: ClassVar[str] = "post_key_invalid"
    text: ClassVar[str] = N_(
        "Dieser Verweis gilt nicht mehr. Bitte melden Sie sich an, um den Beitrag zu verwalten."
    )


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody to whom a key was mailed, and the post that it is for."""

    post_id: UUID
    actor: Actor


async def keepers_of(session: Session, post: Post) -> list[UUID]:
    """Return the people who keep a post now: its author, or those who speak for its company."""
    person_id, company_id = await speakers_of(session, post)
    if company_id is None:
        return [person_id] if person_id else []
    speaking = await session.scalars(
        select(Staff.person_id).where(
            Staff.company_id == company_id, Staff.ended_at.is_(None), Staff.role.in_(SPEAKING)
        )
    )
    return list(speaking)


def keeper_key(post_id: UUID, person_id: UUID) -> str:
    """Return a key that lets one person decide about one post for 30 days."""
    return _signer().dumps([str(post_id), str(person_id)])


def keeper_of(key: str) -> Keeper:
    """Return whom a key was given to, to act for them under the same rules as if signed in."""
    try:
        post_id, person_id = _signer().loads(key, max_age=int(VALID_FOR.total_seconds()))
        return Keeper(UUID(post_id), Actor(person_id=UUID(person_id)))
    except (BadData, ValueError):
        raise KeyInvalid from None


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(signing_key(), salt="post-keeper")
