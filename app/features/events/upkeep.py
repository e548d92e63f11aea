"""What time brings: dates further ahead, offers that lapse, and registrations to be forgotten."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import emit, every, on
from app.core.settings import settings
from app.features.accounts.account import AccountClosed
from app.features.events.loading import locked_registration
from app.features.events.policy import IN_LINE
from app.features.events.seating import change_state, move_up
from app.features.posts.drafts import restored
from app.features.posts.editing import PostEdited
from app.features.posts.ending import PostEnded
from app.features.posts.events.dates import OccurrenceCancelled, keep_dates, turn_to_next_dates
from app.features.posts.policy import MET
from app.models.occurrences import (
    Certificate,
    Occurrence,
    OccurrenceState,
    Registration,
    RegistrationState,
)
from app.models.posts import Post, PostStatus

AT_ONCE: Final = 500  # rows in one tick


@on(PostEdited)
async def give_new_places(session: Session, event: PostEdited) -> None:
    """Have those move up who wait for a date to come of an event that was changed."""
    post = await session.get(Post, event.post_id)
    if post is not None and post.kind == "event" and post.status in MET:
        for occurrence_id in await _with(session, post.id, RegistrationState.WAITING):
            occurrence = await session.get_one(Occurrence, occurrence_id, with_for_update=True)
            await move_up(session, occurrence, post)


@on(PostEnded)
async def cancel_dates(session: Session, event: PostEnded) -> None:
    """Cancel the dates to come of an event that was taken back; who reckons with them is told."""
    post = await session.get(Post, event.post_id)
    if post is None or post.kind != "event" or post.status == PostStatus.EXPIRED:
        return
    for occurrence_id in await _with(session, post.id, *IN_LINE):
        occurrence = await session.get_one(Occurrence, occurrence_id, with_for_update=True)
        if occurrence.state != OccurrenceState.CANCELLED:
            occurrence.state = OccurrenceState.CANCELLED
            occurrence.sequence += 1
            emit(
                session,
                OccurrenceCancelled(occurrence_id=occurrence.id, sequence=occurrence.sequence),
            )


async def _with(session: Session, post_id: UUID, *states: RegistrationState) -> list[UUID]:
    """Return the dates to come of an event for which there are registrations of such a state."""
    found = await session.scalars(
        select(Occurrence.id)
        .where(
            Occurrence.post_id == post_id,
            Occurrence.starts_at > clock.now(),
            Occurrence.id.in_(
                select(Registration.occurrence_id).where(Registration.state.in_(states))
            ),
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    return list(found)


@on(AccountClosed)
async def leave_dates(session: Session, event: AccountClosed) -> None:
    """Cancel what somebody who leaves was registered for; their places go to who waits."""
    found = await session.scalars(
        select(Registration.id)
        .join(Occurrence, Occurrence.id == Registration.occurrence_id)
        .where(
            Registration.person_id == event.person_id,
            Registration.state.in_(IN_LINE),
            Occurrence.starts_at > clock.now(),
        )
        .order_by(Registration.occurrence_id)
    )
    for registration_id in found.all():
        registration, occurrence, post = await locked_registration(session, registration_id)
        if registration.state in IN_LINE:
            change_state(session, registration, RegistrationState.CANCELLED)
            await move_up(session, occurrence, post)


@every("*/5 * * * *")
async def lapse_offers(session: Session) -> None:
    """Take back places that nobody confirmed in time, and offer them to the next in line."""
    late = await session.scalars(
        select(Registration.id)
        .where(
            Registration.state == RegistrationState.OFFERED,
            Registration.offered_until <= clock.now(),
        )
        .order_by(Registration.occurrence_id, Registration.number)
        .limit(AT_ONCE)
    )
    for registration_id in late.all():
        registration, occurrence, post = await locked_registration(session, registration_id)
        if registration.state == RegistrationState.OFFERED:
            change_state(session, registration, RegistrationState.LAPSED)
            await move_up(session, occurrence, post)


@every("*/10 * * * *")
async def turn_to_the_next_date(session: Session) -> None:
    """Have lists sort events by their next date once one is over."""
    await turn_to_next_dates(session, Post.status.in_(MET), Post.due_at <= clock.now())


@every("37 2 * * *")
async def look_further_ahead(session: Session) -> None:
    """Add the dates that have come within the horizon, to every event that repeats."""
    posts = await session.scalars(
        select(Post)
        .where(
            Post.kind == "event",
            Post.status.in_(MET),
            Post.details["repetition"].astext != "once",
        )
        .order_by(Post.id)
        .with_for_update(skip_locked=True)
    )
    for post in posts.all():
        await keep_dates(session, post, restored(post.kind, post.details))


@every("53 2 * * *")
async def forget_registrations(session: Session) -> None:
    """Delete what guests never confirmed, registrations for dates long over, old certificates."""
    now = clock.now()
    unanswered = now - timedelta(hours=settings().events.unconfirmed_hours)
    await session.execute(
        delete(Registration).where(
            Registration.state == RegistrationState.UNCONFIRMED,
            Registration.registered_at < unanswered,
        )
    )
    over = now - timedelta(days=settings().retention.registrations_days)
    await session.execute(
        delete(Registration).where(
            Registration.occurrence_id.in_(select(Occurrence.id).where(Occurrence.ends_at < over))
        )
    )
    old = now - timedelta(days=settings().retention.certificates_days)
    await session.execute(delete(Certificate).where(Certificate.issued_at < old))
