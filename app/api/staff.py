"""JSON endpoints for the staff of companies, and for invitations to it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import Field

from app.api.contract import ContractRouter, ExpectedVersion, Out, operation, tagged
from app.core.errors import Forbidden, Gone, NotFound, Stale
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.companies.invitations import (
    AlreadyOnStaff,
    InvitationDraft,
    InvitationForOthers,
    InvitationOver,
    InvitationUsed,
    accept_invitation,
    invite_staff,
    open_invitations,
    revoke_invitation,
)
from app.features.companies.invited import (
    accept_own_invitation,
    decline_invitation,
    invitations_to_me,
)
from app.features.companies.own import own_companies
from app.features.companies.policy import Act
from app.features.companies.reading import find_company
from app.features.companies.staff import (
    LastOwner,
    StaffChanges,
    change_staff,
    hand_over,
    leave_company,
    list_staff,
    remove_staff,
)
from app.models.companies import CompanyState, StaffInvitation, StaffRole

router = ContractRouter(tags=["companies"])


class StaffOut(Out):
    """Somebody's place on a staff."""

    id: UUID
    person_id: UUID
    name: str
    slug: str
    role: StaffRole
    function: str
    is_shown: bool
    created_at: datetime
    ended_at: datetime | None = Field(description="Null as long as they work there.")
    version: int


class StaffListOut(Out):
    items: list[StaffOut]


class InvitationOut(Out):
    """An invitation that can still be accepted."""

    id: UUID
    email: str
    role: StaffRole
    created_at: datetime
    expires_at: datetime


class InvitationsOut(Out):
    items: list[InvitationOut]


class OwnCompanyOut(Out):
    """A company whose staff the reader is on."""

    id: UUID
    slug: str
    name: str
    state: CompanyState
    staff_id: UUID
    role: StaffRole
    function: str


class OwnCompaniesOut(Out):
    items: list[OwnCompanyOut]


class InvitationToMeOut(Out):
    """An invitation to the reader's own address."""

    id: UUID
    company_id: UUID
    company: str
    company_slug: str
    invited_by: str
    role: StaffRole
    created_at: datetime
    expires_at: datetime


class InvitationsToMeOut(Out):
    items: list[InvitationToMeOut]


class JoinedOut(Out):
    """What accepting an invitation made."""

    id: UUID
    company_id: UUID
    role: StaffRole


async def _one(reader: Any, company_id: UUID, staff_id: UUID, request: Request) -> Any:
    rows = await list_staff(reader, company_id, managing=True)
    row = next(row for row in rows if row.id == staff_id)
    tagged(request, row.version)
    return row


@router.get(
    "/companies/{company_id}/staff",
    response_model=StaffListOut,
    summary="List the staff of a company",
    **operation(scope="companies:read", public=True, refuses=(NotFound, Gone)),
)
async def list_(company_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """List who is shown; those who manage the staff see everybody, with its history."""
    view = await find_company(reads, actor, company_id=company_id)
    managing = Act.MANAGE_STAFF in view.viewer_can
    return {"items": await list_staff(reads, company_id, managing=managing)}


@router.patch(
    "/companies/{company_id}/staff/{staff_id}",
    response_model=StaffOut,
    summary="Change somebody's place on the staff",
    **operation(
        scope="companies:write", refuses=(NotFound, Forbidden, LastOwner, Stale), has_body=True
    ),
)
async def change(
    company_id: UUID,
    staff_id: UUID,
    changes: StaffChanges,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Change the role (as owner), or function and visibility (also one's own)."""
    await change_staff(tx, actor, company_id, staff_id, changes, expected=expected)
    return await _one(SessionReader(tx), company_id, staff_id, request)


@router.delete(
    "/companies/{company_id}/staff/{staff_id}",
    status_code=204,
    summary="End somebody's place on the staff",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, LastOwner)),
)
async def remove(company_id: UUID, staff_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Remove somebody as owner, or oneself; the place remains as history."""
    await remove_staff(tx, actor, company_id, staff_id)


@router.post(
    "/companies/{company_id}/staff/{staff_id}/hand-over",
    response_model=StaffOut,
    summary="Hand a company over",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden)),
)
async def give(
    company_id: UUID, staff_id: UUID, tx: Tx, actor: CurrentActor, request: Request
) -> Any:
    """Make somebody of the staff an owner, and become an editor oneself."""
    await hand_over(tx, actor, company_id, staff_id)
    return await _one(SessionReader(tx), company_id, staff_id, request)


@router.delete(
    "/companies/{company_id}/membership",
    status_code=204,
    summary="Leave a company",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, LastOwner)),
)
async def leave(company_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """End one's own place on the staff."""
    await leave_company(tx, actor, company_id)


@router.get(
    "/companies/{company_id}/staff-invitations",
    response_model=InvitationsOut,
    summary="List open invitations",
    **operation(scope="companies:read", refuses=(NotFound, Gone, Forbidden)),
)
async def invitations(company_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """List the invitations that can still be accepted, newest first; for owners."""
    view = await find_company(reads, actor, company_id=company_id)
    if Act.MANAGE_STAFF not in view.viewer_can:
        raise Forbidden
    return {"items": await open_invitations(reads, company_id)}


@router.post(
    "/companies/{company_id}/staff-invitations",
    status_code=201,
    response_model=InvitationOut,
    summary="Invite somebody to the staff",
    **operation(
        scope="companies:write", refuses=(NotFound, Forbidden, AlreadyOnStaff), has_body=True
    ),
)
async def invite(
    company_id: UUID, draft: InvitationDraft, tx: Tx, actor: CurrentActor, response: Response
) -> StaffInvitation:
    """Send an invitation by e-mail, also to people without an account."""
    invitation = await invite_staff(tx, actor, company_id, draft)
    await tx.refresh(invitation)
    path = f"/api/v1/companies/{company_id}/staff-invitations/{invitation.id}"
    response.headers["Location"] = path
    return invitation


@router.delete(
    "/companies/{company_id}/staff-invitations/{invitation_id}",
    status_code=204,
    summary="Revoke an invitation",
    **operation(scope="companies:write", refuses=(NotFound, Forbidden, InvitationUsed)),
)
async def revoke(company_id: UUID, invitation_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Make an invitation worthless."""
    await revoke_invitation(tx, actor, company_id, invitation_id)


@router.post(
    "/company-invitations/{token}/accept",
    response_model=JoinedOut,
    summary="Accept an invitation",
    **operation(
        scope="companies:write",
        refuses=(NotFound, InvitationForOthers, InvitationOver, InvitationUsed, AlreadyOnStaff),
    ),
)
async def accept(token: Annotated[str, Path(max_length=100)], tx: Tx, actor: CurrentActor) -> Any:
    """Join a company's staff by the secret in the invitation's link."""
    return await accept_invitation(tx, actor, token)


@router.get(
    "/me/companies",
    response_model=OwnCompaniesOut,
    summary="List one's own companies",
    **operation(scope="companies:read"),
)
async def own(reads: Reads, actor: CurrentActor) -> Any:
    """List the companies whose staff the reader is on, closed ones too, by name."""
    return {"items": await own_companies(reads, actor)}


@router.get(
    "/me/company-invitations",
    response_model=InvitationsToMeOut,
    summary="List invitations to oneself",
    **operation(scope="companies:read"),
)
async def to_me(reads: Reads, actor: CurrentActor) -> Any:
    """List the invitations to the reader's address that can be accepted, the newest first."""
    return {"items": await invitations_to_me(reads, actor)}


@router.post(
    "/me/company-invitations/{invitation_id}/accept",
    response_model=JoinedOut,
    summary="Accept an invitation to oneself",
    **operation(
        scope="companies:write",
        refuses=(NotFound, InvitationOver, InvitationUsed, AlreadyOnStaff),
    ),
)
async def accept_own(invitation_id: UUID, tx: Tx, actor: CurrentActor) -> Any:
    """Join a company's staff by an invitation to the account's own address."""
    return await accept_own_invitation(tx, actor, invitation_id)


@router.delete(
    "/me/company-invitations/{invitation_id}",
    status_code=204,
    summary="Decline an invitation",
    **operation(scope="companies:write", refuses=(NotFound, InvitationUsed)),
)
async def decline(invitation_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Make an invitation to oneself worthless."""
    await decline_invitation(tx, actor, invitation_id)
