"""JSON endpoints for the day itself: who is let in, and the attendance list as a table."""

from typing import Any
from uuid import UUID

from fastapi import Response

from app.api.contract import ContractRouter, operation
from app.api.event_shapes import CheckInOut, RegistrationOut, registration_shape
from app.core.errors import Forbidden, NotFound
from app.core.reads import SessionReader
from app.edge.attendance_sheets import attendance_csv
from app.edge.deps import CurrentActor, Reads, Tx
from app.edge.tables import CsvResponse
from app.features.events.admitting import (
    CheckInDraft,
    NoPlaceAtTheDoor,
    NotComing,
    check_in,
    check_in_by_code,
    undo_check_in,
)
from app.features.events.loading import (
    CheckInClosed,
    RegistrationClosed,
    RegistrationGone,
    RegistrationStepNotPossible,
)
from app.features.events.reading import read_date
from app.features.events.registrations import (
    CodeOfOtherDate,
    CodeUnknown,
    everybody_in_line,
    read_registration,
)
from app.features.events.walking_in import WalkInDraft, walk_in
from app.features.posts.access import PostGone

router = ContractRouter(tags=["events"])
_ADMITTING = (
    NotFound, Forbidden, RegistrationGone, CheckInClosed, NotComing, NoPlaceAtTheDoor,
)  # fmt: skip


@router.post(
    "/occurrences/{occurrence_id}/check_ins",
    response_model=CheckInOut,
    summary="Check somebody in by code",
    **operation(
        scope="events:write",
        refuses=(*_ADMITTING, PostGone, CodeUnknown, CodeOfOtherDate),
        has_body=True,
    ),
)
async def add(occurrence_id: UUID, draft: CheckInDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Let somebody in who shows a code; a second time changes nothing, and `was_there` says so."""
    made, was_there = await check_in_by_code(tx, actor, occurrence_id, draft)
    view = await read_registration(SessionReader(tx), actor, made.id)
    return {"was_there": was_there, "registration": registration_shape(view)}


@router.post(
    "/registrations/{registration_id}/check_in",
    response_model=RegistrationOut,
    summary="Check somebody in from the list",
    **operation(scope="events:write", refuses=_ADMITTING),
)
async def add_listed(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Note that somebody is there, or was. Twice changes nothing.

    Whoever waits gets a free place; on a full date they are let in by their code, with
    `even_if_full`.
    """
    await check_in(tx, actor, registration_id)
    return registration_shape(await read_registration(SessionReader(tx), actor, registration_id))


@router.post(
    "/registrations/{registration_id}/undo_check_in",
    response_model=RegistrationOut,
    summary="Undo a check-in",
    **operation(
        scope="events:write",
        refuses=(NotFound, Forbidden, RegistrationGone, RegistrationStepNotPossible),
    ),
)
async def undo(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Take back a wrong check-in. Twice changes nothing."""
    await undo_check_in(tx, actor, registration_id)
    return registration_shape(await read_registration(SessionReader(tx), actor, registration_id))


@router.post(
    "/occurrences/{occurrence_id}/walk_ins",
    status_code=201,
    response_model=RegistrationOut,
    summary="Enter somebody who came without having registered",
    **operation(
        scope="events:write",
        refuses=(
            NotFound,
            PostGone,
            Forbidden,
            CheckInClosed,
            RegistrationClosed,
            NoPlaceAtTheDoor,
        ),
        has_body=True,
    ),
)
async def add_walk_in(
    occurrence_id: UUID, draft: WalkInDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Enter them as there, with a place; on a full date only with `even_if_full`.

    Nobody is mailed. A guest who is in line with the same address is let in instead.
    """
    made = await walk_in(tx, actor, occurrence_id, draft)
    response.headers["Location"] = f"/api/v1/registrations/{made.id}"
    return registration_shape(await read_registration(SessionReader(tx), actor, made.id))


@router.get(
    "/occurrences/{occurrence_id}/attendance.csv",
    response_class=CsvResponse,
    summary="Read the attendance list as CSV",
    **operation(scope="events:read", refuses=(NotFound, PostGone, Forbidden)),
)
async def as_csv(occurrence_id: UUID, reader: Reads, actor: CurrentActor) -> CsvResponse:
    """Return who is in line and what they answered, to who keeps the event (";", UTF-8 with BOM).

    What a spreadsheet would take for a formula begins with an apostrophe.
    """
    _, date = await read_date(reader, actor, occurrence_id)
    return attendance_csv(date, await everybody_in_line(reader, actor, date))
