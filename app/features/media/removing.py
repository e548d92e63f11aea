"""Removing media: by their owners, and by the clock what nobody uses.

The bytes stay in the storage for a week after the last medium that named them is gone, so that
an answer that is being sent, a backup that is being made and a second thought still find them.
So do bytes that no medium ever named, because their upload was rolled back or killed.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import delete, func, select, true, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired
from app.core.events import Event, emit, every
from app.core.i18n import N_
from app.core.storage import Storage
from app.features.media import policy
from app.models.media import Medium, ReleasedFile

UNUSED_FOR: Final = timedelta(hours=24)
KEPT_FOR: Final = timedelta(days=7)
_AT_ONCE: Final = 1_000  # rows a tick


class MediumRemoved(Event):
    name: ClassVar[str] = "medium.removed"
    medium_id: UUID
    person_id: UUID


class MediumInUse(Conflict):
    code: ClassVar[str] = "medium_in_use"
    text: ClassVar[str] = N_(
        "Diese Datei wird noch verwendet. Bitte entfernen Sie sie zuerst dort."
    )


async def remove_medium(session: Session, actor: Actor, medium_id: UUID) -> None:
    """Remove one's own medium; one that is used somewhere is refused."""
    row = (
        await session.execute(
            select(Medium, policy.is_used().label("is_used"))
            .where(Medium.id == medium_id, policy.visible_to(actor))
            .with_for_update(of=Medium)
        )
    ).first()
    if row is None:
        raise NotFound
    if actor.person_id is None:
        raise SignInRequired
    medium: Medium = row.Medium
    if medium.owner_id != actor.person_id:
        raise Forbidden
    if row.is_used:
        raise MediumInUse
    await _release(session, medium.renditions.values())
    await session.delete(medium)
    await session.flush()
    emit(session, MediumRemoved(medium_id=medium.id, person_id=actor.person_id))


async def _release(session: Session, digests: Iterable[str]) -> None:
    now = clock.now()
    rows = [{"digest": digest, "released_at": now} for digest in sorted(set(digests))]
    if rows:
        again = insert(ReleasedFile).values(rows)
        await session.execute(
            again.on_conflict_do_update(
                index_elements=["digest"], set_={"released_at": again.excluded.released_at}
            )
        )


async def remove_unused(session: Session, media: Sequence[UUID]) -> None:
    """Remove those of these media that nothing uses any more."""
    gone = await session.execute(
        delete(Medium)
        .where(Medium.id.in_(media), ~policy.is_used())
        .returning(Medium.id, Medium.owner_id, Medium.renditions)
    )
    digests: list[str] = []
    for medium_id, owner_id, renditions in gone:
        digests += renditions.values()
        emit(session, MediumRemoved(medium_id=medium_id, person_id=owner_id))
    await _release(session, digests)


@every("17 * * * *")
async def clear_unused(session: Session) -> None:
    """Remove media that are a day old and used nowhere."""
    old = await session.scalars(
        select(Medium.id)
        .where(Medium.updated_at < clock.now() - UNUSED_FOR, ~policy.is_used())
        .order_by(Medium.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await remove_unused(session, old.all())


@every("17 3 * * *")
async def release_strays(session: Session) -> None:
    """Release the bytes that nothing names, so that they are dropped a week later.

    Those of an upload that is being carried out are among them; it has committed by then, and
    what a medium names is not dropped.
    """
    storage: Storage = session.info["storage"]
    await storage.tidy(clock.now() - UNUSED_FOR)
    kept = await storage.digests()
    named = func.jsonb_each_text(Medium.renditions).table_valued("key", "value")
    known = union(
        select(named.c.value).select_from(Medium).join(named, true()),
        select(ReleasedFile.digest),
    )
    strays = sorted(kept - set(await session.scalars(known)))
    for first in range(0, len(strays), _AT_ONCE):
        await _release(session, strays[first : first + _AT_ONCE])


@every("47 3 * * *")
async def drop_released(session: Session) -> None:
    """Drop the bytes that no medium has named for a week."""
    storage: Storage = session.info["storage"]
    due = (
        await session.scalars(
            select(ReleasedFile.digest)
            .where(ReleasedFile.released_at < clock.now() - KEPT_FOR)
            .order_by(ReleasedFile.digest)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
    ).all()
    if not due:
        return
    named = func.jsonb_each_text(Medium.renditions).table_valued("key", "value")
    still = set(
        await session.scalars(
            select(named.c.value).select_from(Medium).join(named, named.c.value.in_(due))
        )
    )
    for digest in set(due) - still:
        await storage.drop(digest)
    await session.execute(delete(ReleasedFile).where(ReleasedFile.digest.in_(due)))
