"""JSON endpoints for certificates of attendance: issued, fetched as PDF, and checked by anybody."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from app.api.contract import ContractRouter, Out, operation
from app.api.registrations import GuestKey
from app.core.errors import NotFound, TooMany
from app.core.reads import SessionReader
from app.edge.certificate_sheets import PdfResponse, address_of, certificate_response, grouped
from app.edge.deps import CurrentActor, CurrentCaller, Reads, Tx
from app.features.events.answering import RegistrationKeyInvalid, registration_id_of
from app.features.events.certifying import (
    CertificateUnknown,
    HolderDraft,
    NotAttended,
    certificate_of,
    find_certificate,
    is_holder,
    issue_by_key,
    issue_certificate,
)
from app.features.events.loading import RegistrationGone
from app.features.events.registrations import read_as_guest, read_registration

router = ContractRouter(tags=["events"])
Code = Annotated[
    str, Path(max_length=40, pattern="^[A-Za-z0-9-]+$", description="On the certificate.")
]


class CertificateOut(Out):
    """What was certified; the name of who was there is never given away."""

    code: str
    url: str = Field(description="Where anybody checks it.")
    title: str
    organizer: str
    venue: str
    starts_at: datetime
    ends_at: datetime
    issued_at: datetime


class HolderOut(Out):
    """Whether a name is the one on a certificate."""

    is_holder: bool


def _shape(certificate: Any) -> dict[str, Any]:
    names = ("title", "organizer", "venue", "starts_at", "ends_at", "issued_at")
    return {
        **{name: getattr(certificate, name) for name in names},
        "code": grouped(certificate.code),
        "url": address_of(certificate.code),
    }


@router.post(
    "/registrations/{registration_id}/certificate",
    response_model=CertificateOut,
    summary="Issue a certificate of attendance",
    **operation(scope="events:write", refuses=(NotFound, RegistrationGone, NotAttended)),
)
async def issue(registration_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Certify that somebody was there: for them, and for who keeps the event.

    Twice is the same one.
    """
    return _shape(await issue_certificate(tx, actor, registration_id))


@router.get(
    "/registrations/{registration_id}/certificate.pdf",
    response_class=PdfResponse,
    summary="Read a certificate of attendance as PDF",
    **operation(scope="events:read", refuses=(NotFound, CertificateUnknown)),
)
async def as_pdf(registration_id: UUID, reader: Reads, actor: CurrentActor) -> Response:
    """Return the certificate that was issued."""
    view = await read_registration(reader, actor, registration_id)
    return await certificate_response(await certificate_of(reader, view), view.name)


@router.post(
    "/guest_registrations/{key}/certificate",
    response_model=CertificateOut,
    summary="Issue a certificate of attendance to a guest",
    **operation(
        public=True, refuses=(NotFound, RegistrationKeyInvalid, RegistrationGone, NotAttended)
    ),
)
async def issue_to_guest(key: GuestKey, tx: Tx) -> Any:
    """Certify to a guest that they were there. Twice is the same one."""
    return _shape(await issue_by_key(tx, key))


@router.get(
    "/guest_registrations/{key}/certificate.pdf",
    response_class=PdfResponse,
    summary="Read a guest's certificate of attendance as PDF",
    **operation(public=True, refuses=(NotFound, RegistrationKeyInvalid, CertificateUnknown)),
)
async def guest_as_pdf(key: GuestKey, reader: Reads) -> Response:
    """Return the certificate that was issued."""
    view = await read_as_guest(reader, registration_id_of(key))
    return await certificate_response(await certificate_of(reader, view), view.name)


@router.get(
    "/certificates/{code}",
    response_model=CertificateOut,
    summary="Check a certificate of attendance",
    **operation(public=True, refuses=(CertificateUnknown,)),
)
async def check(code: Code, reader: Reads) -> Any:
    """Return what was certified, to whoever has the code; 404 where it is not valid."""
    return _shape(await find_certificate(reader, code))


@router.post(
    "/certificates/{code}/holder",
    response_model=HolderOut,
    summary="Compare the name on a certificate",
    **operation(public=True, refuses=(CertificateUnknown, TooMany), has_body=True),
)
async def compare(code: Code, draft: HolderDraft, tx: Tx, caller: CurrentCaller) -> Any:
    """Tell whether the certificate was issued to somebody of this name. Nothing is written."""
    return {"is_holder": await is_holder(SessionReader(tx), code, draft, address=caller.address)}
