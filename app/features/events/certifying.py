"""Certificates of attendance: issued to who was there, and checked by whoever is shown one.

What is kept of one has no name: a code, what was certified, and a key by which a name that
somebody types can be compared.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, Text, Uuid, delete, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, NotFound
from app.core.events import Event, emit, on
from app.core.i18n import N_
from app.core.limits import limiter
from app.core.reads import Reader, SessionReader, bound, prepared
from app.core.secret import signing_key
from app.core.text import Name, sort_key
from app.features.events.admitting import CheckInUndone
from app.features.events.answering import registration_id_of
from app.features.events.loading import (
    OpenedRegistration,
    open_registration,
    registration_of_guest,
)
from app.features.events.policy import RegistrationAct
from app.features.events.registrations import (
    RegistrationView,
    read_as_guest,
    read_registration,
)
from app.models.companies import Company
from app.models.occurrences import Certificate
from app.models.people import Person

_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LENGTH: Final = 12


class CertificateIssued(Event):
    name: ClassVar[str] = "certificate.issued"
    certificate_id: UUID


class NotAttended(Conflict):
    code: ClassVar[str] = "not_attended"
    text: ClassVar[str] = N_("Bescheinigt wird nur, wer als anwesend vermerkt ist.")


class CertificateUnknown(NotFound):
    code: ClassVar[str] = "certificate_unknown"
    text: ClassVar[str] = N_(
        "Zu diesem Prüfcode gibt es keine gültige Bescheinigung. Bitte prüfen Sie, ob Sie ihn "
        "richtig abgeschrieben haben."
    )


class HolderDraft(BaseModel):
    """The name that stands on a certificate, to be compared."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        Name(120),
        Field(description="As it stands on the certificate; accents and case do not matter."),
        Asked(N_("Name auf der Bescheinigung"), autocomplete="off"),
    ]


async def issue_certificate(session: Session, actor: Actor, registration_id: UUID) -> Certificate:
    """Certify to somebody that they were there; for them, and for who keeps the event.

    Twice is the same certificate, until they have another name.
    """
    opened = await open_registration(session, actor, registration_id)
    view = await read_registration(SessionReader(session), actor, registration_id)
    return await _issue(session, opened, view)


async def issue_by_key(session: Session, key: str) -> Certificate:
    """Certify to a guest that they were there."""
    registration_id = registration_id_of(key)
    opened = await registration_of_guest(session, registration_id)
    view = await read_as_guest(SessionReader(session), registration_id)
    return await _issue(session, opened, view)


async def _issue(
    session: Session, opened: OpenedRegistration, view: RegistrationView
) -> Certificate:
    if RegistrationAct.CERTIFY not in opened.acts:
        raise NotAttended
    found = await session.scalars(
        select(Certificate).where(Certificate.registration_id == opened.registration.id)
    )
    kept: Certificate | None = _named(found.all(), view.name)
    if kept is not None:
        return kept
    code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    certificate = Certificate(
        code=code,
        registration_id=opened.registration.id,
        holder_key=_holder_key(code, view.name),
        title=opened.post.title,
        organizer=await _organizer(session, opened),
        venue=view.row.venue or view.row.details.get("venue", ""),
        starts_at=view.starts_at,
        ends_at=view.ends_at,
        time_zone=view.row.details["time_zone"],
        locale=opened.registration.locale,
        issued_at=clock.now(),
    )
    session.add(certificate)
    await session.flush()
    emit(session, CertificateIssued(certificate_id=certificate.id))
    return certificate


async def _organizer(session: Session, opened: OpenedRegistration) -> str:
    """Return the name of the company that the event is of, else of the person."""
    if opened.post.company_id:
        return (await session.get_one(Company, opened.post.company_id)).name
    author = await session.get(Person, opened.post.author_id)
    return author.name if author else ""


@on(CheckInUndone)
async def withdraw_certificates(session: Session, event: CheckInUndone) -> None:
    """Have certificates of somebody who was not there after all be valid no more."""
    await session.execute(
        delete(Certificate).where(Certificate.registration_id == event.registration_id)
    )


@prepared
def _by_code() -> Select[Any]:
    return _certificates().where(Certificate.code == bound("code", Text()))


@prepared
def _of_registration() -> Select[Any]:
    registration_id: Any = bound("registration_id", Uuid())
    return _certificates().where(Certificate.registration_id == registration_id)


def _certificates() -> Select[Any]:
    columns: list[Any] = [
        Certificate.id, Certificate.code, Certificate.holder_key, Certificate.title,
        Certificate.organizer, Certificate.venue, Certificate.starts_at, Certificate.ends_at,
        Certificate.time_zone, Certificate.locale, Certificate.issued_at,
    ]  # fmt: skip
    return select(*columns)


async def find_certificate(reader: Reader, code: str) -> Any:
    """Return what was certified, to whoever has the code; everything but the name."""
    said = "".join(letter for letter in code.upper() if letter.isalnum())
    row = await reader.first(_by_code(), {"code": said})
    if row is None:
        raise CertificateUnknown
    return row


async def certificate_of(reader: Reader, view: RegistrationView) -> Any:
    """Return the certificate that was issued for a registration that was read."""
    rows = await reader.all(_of_registration(), {"registration_id": view.row.id})
    found = _named(rows, view.name)
    if found is None:
        raise CertificateUnknown
    return found


async def is_holder(reader: Reader, code: str, draft: HolderDraft, *, address: str) -> bool:
    """Tell whether a name is the one on a certificate; ``address`` is where the request is from."""
    await limiter().hit("certificate", address)
    return _is_named(await find_certificate(reader, code), draft.name)


def _named(certificates: Iterable[Any], name: str) -> Any | None:
    return next((one for one in certificates if _is_named(one, name)), None)


def _is_named(certificate: Any, name: str) -> bool:
    return hmac.compare_digest(certificate.holder_key, _holder_key(certificate.code, name))


def _holder_key(code: str, name: str) -> bytes:
    """Return what a name makes of a code, so that equal names on two have nothing in common."""
    said = f"certificate:{code}:{sort_key(name)}"
    return hmac.digest(signing_key().encode(), said.encode(), hashlib.sha256)
