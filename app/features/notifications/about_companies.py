"""What events in companies tell whom."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.companies.invited import StaffInvitationDeclined
from app.features.companies.staff import StaffEnded, StaffJoined, StaffRoleChanged
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Wording
from app.models.companies import Company, Staff, StaffInvitation, StaffRole
from app.models.people import Person

JOINED = Wording(
    "company.staff_joined", topics.STAFF, N_("%(person)s gehört jetzt zu „%(company)s“.")
)
OWNS = Wording(
    "company.owns",
    topics.ROLES,
    N_("Das Unternehmensprofil „%(company)s“ gehört jetzt auch Ihnen."),
)
EDITS = Wording(
    "company.edits",
    topics.ROLES,
    N_("Sie sprechen jetzt für „%(company)s“ und pflegen das Profil."),
)
MEMBER = Wording(
    "company.member", topics.ROLES, N_("Sie werden bei „%(company)s“ nur noch genannt.")
)
DECLINED = Wording(
    "company.invitation_declined",
    topics.STAFF,
    N_("Ihre Einladung an %(email)s, zu „%(company)s“ zu gehören, wurde abgelehnt."),
)
ENDED = Wording("company.staff_ended", topics.ROLES, N_("Sie gehören nicht mehr zu „%(company)s“."))
LEFT = Wording(
    "company.staff_left", topics.STAFF, N_("%(person)s gehört nicht mehr zu „%(company)s“.")
)
_BY_ROLE = {StaffRole.OWNER: OWNS, StaffRole.EDITOR: EDITS, StaffRole.MEMBER: MEMBER}


async def _owners(session: Session, company_id: UUID, *, but: UUID | None = None) -> list[UUID]:
    found = await session.scalars(
        select(Staff.person_id).where(
            Staff.company_id == company_id,
            Staff.role == StaffRole.OWNER,
            Staff.ended_at.is_(None),
            Staff.person_id.is_distinct_from(but),
        )
    )
    return list(found)


async def _place(session: Session, company_id: UUID, person_id: UUID) -> Staff | None:
    found: Staff | None = await session.scalar(
        select(Staff)
        .where(Staff.company_id == company_id, Staff.person_id == person_id)
        .order_by(Staff.created_at.desc())
        .limit(1)
    )
    return found


async def _told_to_owners(
    session: Session, wording: Wording, event: StaffJoined | StaffEnded
) -> None:
    company = await session.get(Company, event.company_id)
    person = await session.get(Person, event.person_id)
    staff = await _place(session, event.company_id, event.person_id)
    if company is None or person is None or staff is None:
        return
    await tell(
        session,
        wording,
        await _owners(session, company.id, but=event.person_id),
        params={"company": company.name, "person": person.name},
        path=f"/companies/{company.slug}/staff",
        dedup_key=f"{wording.type}:{staff.id}",
    )


@on(StaffJoined)
async def tell_owners_who_joined(session: Session, event: StaffJoined) -> None:
    """Tell the owners that somebody belongs to their company now."""
    await _told_to_owners(session, JOINED, event)


@on(StaffInvitationDeclined)
async def tell_who_invited(session: Session, event: StaffInvitationDeclined) -> None:
    """Tell who invited somebody that they do not want to, if they still own the company."""
    company = await session.get(Company, event.company_id)
    invitation = await session.get(StaffInvitation, event.invitation_id)
    if company is None or invitation is None:
        return
    owners = await _owners(session, company.id)
    await tell(
        session,
        DECLINED,
        [owner for owner in owners if owner == invitation.invited_by_id],
        params={"company": company.name, "email": invitation.email},
        path=f"/companies/{company.slug}/staff",
        dedup_key=f"{DECLINED.type}:{invitation.id}",
    )


@on(StaffRoleChanged)
async def tell_of_a_role(session: Session, event: StaffRoleChanged) -> None:
    """Tell somebody what they are now, while they are, unless they did it themselves."""
    company = await session.get(Company, event.company_id)
    staff = await _place(session, event.company_id, event.person_id)
    if company is None or staff is None or staff.ended_at or event.by_id == event.person_id:
        return
    if staff.role != event.role:
        return
    wording = _BY_ROLE[event.role]
    await tell(
        session,
        wording,
        [event.person_id],
        params={"company": company.name},
        path=f"/companies/{company.slug}",
        dedup_key=f"{wording.type}:{staff.id}:{staff.version}",
    )


@on(StaffEnded)
async def tell_of_the_end(session: Session, event: StaffEnded) -> None:
    """Tell somebody who was removed, and the owners of who has left."""
    company = await session.get(Company, event.company_id)
    staff = await _place(session, event.company_id, event.person_id)
    if company is None or staff is None or not staff.ended_at:
        return
    if event.by_id == event.person_id:
        await _told_to_owners(session, LEFT, event)
        return
    await tell(
        session,
        ENDED,
        [event.person_id],
        params={"company": company.name},
        path=f"/companies/{company.slug}",
        dedup_key=f"{ENDED.type}:{staff.id}",
    )
