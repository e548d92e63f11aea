"""JSON endpoints for taking part in events, with an account or as a guest."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import AwareDatetime, Field

from app.api.contract import (
    ContractRouter,
    Listing,
    MailedOut,
    Paged,
    PageParams,
    listing,
    mailed,
    operation,
)
from app.api.event_shapes import RegistrationOut, registration_shape
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, CurrentCaller, Reads, Tx
from app.features.events.answering import (
    RegistrationKeyInvalid,
    approve_registration,
    cancel_by_key,
    cancel_registration,
    confirm_by_key,
    confirm_registration,
    decline_registration,
    registration_id_of,
)
from app.features.events.loading import (
    AlreadyRegistered,
    RegistrationClosed,
    RegistrationGone,
    RegistrationStepNotPossible,
)
from app.features.events.reading import read_date
from app.features.events.registering import (
    CompanyNeeded,
    GuestDraft,
    RegistrationDraft,
    register,
    register_guest,
)
from app.features.events.registrations import (
    list_registrations,
    own_registrations,
    past_registrations,
    read_as_guest,
    read_registration,
)
from app.features.events.seating import CompanyLimitReached, DateFull, SlotTaken
from app.features.posts.access import PostGone

router = ContractRouter(tags=["events"])
_FULL = (DateFull, SlotTaken, CompanyLimitReached, RegistrationClosed)
_STEP = (NotFound, RegistrationGone, RegistrationStepNotPossible)
GuestKey = Annotated[
    str,
    Path(
        max_length=300,
        pattern="^[A-Za-z0-9_.-]+$",
        description="The key of the link that the guest was mailed.",
    ),
]


class OwnQuery(PageParams):
    """Which of your registrations, and which part of the list."""

    since: AwareDatetime | None = Field(
        None, description="For dates that are not over then; by default now."
    )
    past: bool = Field(
        default=False,
        description="For dates that are over instead, for which you had a place; the last first.",
    )


async def _shown(tx: Tx, actor: Actor, registration_id: UUID) -> dict[str, Any]:
    return registration_shape(await read_registration(SessionReader(tx), actor, registration_id))


@router.get(
    "/occurrences/{occurrence_id}/registrations",
    response_model=Listing[RegistrationOut],
    summary="List the registrations for a date",
    **operation(scope="events:read", refuses=(NotFound, PostGone, Forbidden, BadCursor)),
)
async def registrations(
    occurrence_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List who is registered, waits or has left, in order, to who keeps the event."""
    _, date = await read_date(reader, actor, occurrence_id)
    page = await list_registrations(reader, actor, date, paged.paging)
    return listing(page.map(registration_shape), request, response)


@router.post(
    "/occurrences/{occurrence_id}/registrations",
    status_code=201,
    response_model=RegistrationOut,
    summary="Register for a date",
    **operation(
        scope="events:write",
        refuses=(NotFound, PostGone, Forbidden, AlreadyRegistered, *_FULL),
        has_body=True,
    ),
)
async def add(
    occurrence_id: UUID, draft: RegistrationDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Take part, ask for approval, or wait for a place: `state` says which."""
    made = await register(tx, actor, occurrence_id, draft)
    response.headers["Location"] = f"/api/v1/registrations/{made.id}"
    return await _shown(tx, actor, made.id)


@router.post(
    "/occurrences/{occurrence_id}/guests",
    status_code=202,
    response_model=MailedOut,
    summary="Register for a date as a guest",
    **operation(
        scope="events:write",
        public=True,
        refuses=(
            NotFound,
            PostGone,
            Forbidden,
            AlreadyRegistered,
            RegistrationClosed,
            CompanyNeeded,
        ),
        has_body=True,
    ),
)
async def add_guest(
    occurrence_id: UUID, draft: GuestDraft, tx: Tx, actor: CurrentActor, caller: CurrentCaller
) -> Any:
    """Ask for a place without an account: it counts once the link in a mail was confirmed."""
    await register_guest(tx, actor, occurrence_id, draft, address=caller.address)
    return mailed()


@router.get(
    "/me/registrations",
    response_model=Listing[RegistrationOut],
    summary="List what you are registered for",
    **operation(scope="events:read", refuses=(BadCursor,)),
)
async def own(
    query: Annotated[OwnQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List your registrations that stand, the next date first."""
    if query.past:
        page = await past_registrations(reader, actor, query.paging)
    else:
        page = await own_registrations(reader, actor, query.paging, since=query.since)
    return listing(page.map(registration_shape), request, response)


@router.get(
    "/registrations/{registration_id}",
    response_model=RegistrationOut,
    summary="Read a registration",
    **operation(scope="events:read", refuses=(NotFound,)),
)
async def read(registration_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read one of yours, or one for an event that you keep."""
    return registration_shape(await read_registration(reader, actor, registration_id))


@router.post(
    "/registrations/{registration_id}/confirm",
    response_model=RegistrationOut,
    summary="Take a place that you were offered",
    **operation(scope="events:write", refuses=_STEP),
)
async def confirm(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Take it, before `offered_until`. Twice changes nothing."""
    await confirm_registration(tx, actor, registration_id)
    return await _shown(tx, actor, registration_id)


@router.post(
    "/registrations/{registration_id}/cancel",
    response_model=RegistrationOut,
    summary="Cancel your registration",
    **operation(scope="events:write", refuses=_STEP),
)
async def cancel(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Take part no more; the first who waits is offered the place. Twice changes nothing."""
    await cancel_registration(tx, actor, registration_id)
    return await _shown(tx, actor, registration_id)


@router.post(
    "/registrations/{registration_id}/approve",
    response_model=RegistrationOut,
    summary="Approve a registration",
    **operation(scope="events:write", refuses=(*_STEP, DateFull, SlotTaken)),
)
async def approve(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Say yes to somebody who asked to take part in an event that you keep."""
    await approve_registration(tx, actor, registration_id)
    return await _shown(tx, actor, registration_id)


@router.post(
    "/registrations/{registration_id}/decline",
    response_model=RegistrationOut,
    summary="Decline a registration",
    **operation(scope="events:write", refuses=_STEP),
)
async def decline(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Say no to somebody, also after a yes; the first who waits is offered the place."""
    await decline_registration(tx, actor, registration_id)
    return await _shown(tx, actor, registration_id)


_KEY = (RegistrationKeyInvalid, RegistrationGone)


@router.get(
    "/guest_registrations/{key}",
    response_model=RegistrationOut,
    summary="Read a guest's registration",
    **operation(public=True, refuses=(*_KEY, NotFound)),
)
async def read_guest(key: GuestKey, reader: Reads) -> Any:
    """Read it by the key that was mailed."""
    return registration_shape(await read_as_guest(reader, registration_id_of(key)))


@router.post(
    "/guest_registrations/{key}/confirm",
    response_model=RegistrationOut,
    summary="Confirm a guest's registration",
    **operation(public=True, refuses=(*_KEY, RegistrationStepNotPossible, *_FULL)),
)
async def confirm_guest(key: GuestKey, tx: Tx) -> Any:
    """Confirm the address, which takes a place or waits for one; or take a place offered."""
    made = await confirm_by_key(tx, key)
    return registration_shape(await read_as_guest(SessionReader(tx), made.id))


@router.post(
    "/guest_registrations/{key}/cancel",
    response_model=RegistrationOut,
    summary="Cancel a guest's registration",
    **operation(public=True, refuses=(*_KEY, RegistrationStepNotPossible)),
)
async def cancel_guest(key: GuestKey, tx: Tx) -> Any:
    """Take part no more. Twice changes nothing."""
    made = await cancel_by_key(tx, key)
    return registration_shape(await read_as_guest(SessionReader(tx), made.id))
