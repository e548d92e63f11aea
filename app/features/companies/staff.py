"""The staff of a company: who works there, as what, and since or until when."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, Uuid, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.drafts import Partial, changes_of
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.core.text import Line
from app.features.companies import policy
from app.features.companies.keeping import company_for, present_role
from app.models.companies import Company, Contact, Staff, StaffRole
from app.models.people import Person

label(
    {
        StaffRole.OWNER: N_("Inhaberschaft des Profils"),
        StaffRole.EDITOR: N_("Redaktion"),
        StaffRole.MEMBER: N_("Mitarbeit"),
    }
)


class StaffJoined(Event):
    name: ClassVar[str] = "company.staff_joined"
    company_id: UUID
    person_id: UUID


class StaffRoleChanged(Event):
    name: ClassVar[str] = "company.staff_role_changed"
    company_id: UUID
    person_id: UUID
    by_id: UUID
    role: StaffRole


class StaffEnded(Event):
    name: ClassVar[str] = "company.staff_ended"
    company_id: UUID
    person_id: UUID
    by_id: UUID


class LastOwner(Conflict):
    code = "last_company_owner"
    text = N_(
        "Ein Unternehmensprofil braucht mindestens eine Person, der es gehört. Bitte übergeben "
        "Sie es zuerst."
    )


class StaffDraft(BaseModel):
    """A person's place on the staff."""

    model_config = ConfigDict(extra="forbid")

    role: Annotated[
        StaffRole,
        Asked(
            N_("Rolle"),
            N_(
                "Inhaberschaft: alles, auch Personen verwalten. Redaktion: Profil pflegen und im "
                "Namen des Unternehmens schreiben. Mitarbeit: nur genannt werden."
            ),
        ),
    ]
    function: Annotated[
        str,
        Line(120, 0),
        Asked(N_("Funktion"), N_("Zum Beispiel: Geschäftsführung, Prokura, Ausbildung.")),
    ] = ""
    is_shown: Annotated[bool, Asked(N_("Auf der Seite des Unternehmens zeigen"))] = True


class StaffChanges(Partial, StaffDraft):
    """What changes in a person's place on the staff."""


@prepared
def staff_of(*, hidden: bool, past: bool) -> Select[Any]:
    """Read the staff of ``company_id`` by name: who is not shown, and who was there, if wanted."""
    columns: list[Any] = [
        Staff.id,
        Staff.person_id,
        Staff.role,
        Staff.function,
        Staff.is_shown,
        Staff.created_at,
        Staff.ended_at,
        Staff.version,
        Person.name,
        Person.slug,
        Person.picture_id,
    ]
    query = (
        select(*columns)
        .join(Person, Person.id == Staff.person_id)
        .where(
            Staff.company_id == bound("company_id", Uuid()),
            Person.left_at.is_(None),
        )
        .order_by(Staff.ended_at.desc().nulls_first(), Person.sort_name, Staff.id)
        .limit(500)
    )
    if not hidden:
        query = query.where(Staff.is_shown)
    if not past:
        query = query.where(Staff.ended_at.is_(None))
    return query


async def list_staff(reader: Reader, company_id: UUID, *, managing: bool) -> list[Any]:
    """Return the staff by name; those who manage it see all of it, with its history."""
    return await reader.all(staff_of(hidden=managing, past=managing), {"company_id": company_id})


async def change_staff(
    session: Session,
    actor: Actor,
    company_id: UUID,
    staff_id: UUID,
    draft: StaffDraft,
    *,
    expected: int | None = None,
) -> Staff:
    """Change somebody's role, function or whether they are shown; with ``StaffChanges`` a part.

    Owners change everybody, everybody changes their own function and visibility. Refuses to
    leave a company without owner.
    """
    company = await company_for(session, actor, company_id, policy.Act.VIEW)
    staff = await _present(session, company.id, staff_id)
    changes = changes_of(draft)
    role: StaffRole = changes.pop("role", staff.role)
    await _check_manages(session, actor, company, staff, own_too=role == staff.role)
    if expected is not None and expected != staff.version:
        raise Stale
    if role != staff.role:
        if staff.role == StaffRole.OWNER:
            await _check_not_last_owner(session, company.id)
        staff.role = role
        emit(
            session,
            StaffRoleChanged(
                company_id=company.id, person_id=staff.person_id, by_id=actor.person_id, role=role
            ),
        )
    for name, value in changes.items():
        setattr(staff, name, value)
    await session.flush()
    return staff


async def hand_over(session: Session, actor: Actor, company_id: UUID, staff_id: UUID) -> Staff:
    """Make somebody else of the staff an owner, and become an editor oneself."""
    company = await company_for(session, actor, company_id, policy.Act.MANAGE_STAFF)
    heir = await _present(session, company.id, staff_id)
    own = await _own(session, actor, company.id)
    if heir.id == own.id:
        return own
    heir.role, own.role = StaffRole.OWNER, StaffRole.EDITOR
    for staff in (heir, own):
        emit(
            session,
            StaffRoleChanged(
                company_id=company.id,
                person_id=staff.person_id,
                by_id=own.person_id,
                role=staff.role,
            ),
        )
    await session.flush()
    return heir


async def remove_staff(session: Session, actor: Actor, company_id: UUID, staff_id: UUID) -> None:
    """End somebody's place on the staff, or one's own; it remains as history.

    All that follows from it (speaking, editing, being a contact person) ends with it. Refuses
    to leave a company without owner.
    """
    company = await company_for(session, actor, company_id, policy.Act.VIEW)
    staff = await _present(session, company.id, staff_id)
    await _check_manages(session, actor, company, staff, own_too=True)
    if staff.role == StaffRole.OWNER:
        await _check_not_last_owner(session, company.id)
    staff.ended_at = clock.now()
    await session.execute(
        delete(Contact).where(
            Contact.company_id == company.id, Contact.person_id == staff.person_id
        )
    )
    await session.execute(
        update(Contact)
        .where(Contact.company_id == company.id, Contact.stand_in_id == staff.person_id)
        .values(stand_in_id=None)
    )
    emit(
        session,
        StaffEnded(company_id=company.id, person_id=staff.person_id, by_id=actor.person_id),
    )
    await session.flush()


async def leave_company(session: Session, actor: Actor, company_id: UUID) -> None:
    """End one's own place on the staff."""
    if actor.person_id is None:
        raise SignInRequired
    own = await _own(session, actor, company_id)
    await remove_staff(session, actor, company_id, own.id)


async def _present(session: Session, company_id: UUID, staff_id: UUID) -> Staff:
    staff = await session.scalar(
        select(Staff).where(
            Staff.id == staff_id, Staff.company_id == company_id, Staff.ended_at.is_(None)
        )
    )
    if staff is None:
        raise NotFound
    return staff


async def _own(session: Session, actor: Actor, company_id: UUID) -> Staff:
    staff = await session.scalar(
        select(Staff).where(
            Staff.company_id == company_id,
            Staff.person_id == actor.person_id,
            Staff.ended_at.is_(None),
        )
    )
    if staff is None:
        raise NotFound
    return staff


async def _check_manages(
    session: Session, actor: Actor, company: Company, staff: Staff, *, own_too: bool
) -> None:
    if own_too and staff.person_id == actor.person_id:
        return
    role = await present_role(session, actor, company.id)
    granted = policy.acts(actor, company.state, role, stubs=policy.stubs_are_public())
    if policy.Act.MANAGE_STAFF not in granted:
        raise Forbidden


async def _check_not_last_owner(session: Session, company_id: UUID) -> None:
    owners = await session.scalar(
        select(func.count())
        .select_from(Staff)
        .where(
            Staff.company_id == company_id,
            Staff.role == StaffRole.OWNER,
            Staff.ended_at.is_(None),
        )
    )
    if (owners or 0) <= 1:
        raise LastOwner
