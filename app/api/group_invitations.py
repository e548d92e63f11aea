"""JSON endpoints for invitations into groups: sending, revoking and accepting them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import ContractRouter, Listing, Out, Paged, listing, operation
from app.api.memberships import MembershipOut
from app.core.addresses import EmailAddress
from app.core.errors import Forbidden, NotFound
from app.core.paging import BadCursor
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.groups.admission import invite_person
from app.features.groups.invitations import (
    InvitationForAnother,
    InvitationGone,
    InvitationUsed,
    accept_invitation,
    invitation_page,
    invite_by_email,
    open_invitations,
    revoke_invitation,
)
from app.features.groups.loading import GroupArchived, StandingDoesNotFit
from app.features.groups.membership import CharterNotAccepted
from app.features.groups.reading import group_page
from app.models.groups import Admission, Standing

router = ContractRouter(tags=["groups"])
Token = Annotated[str, Path(min_length=1, max_length=100, description="From the mail's link.")]


class InvitationIn(BaseModel):
    """Who is invited by mail."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"email": "kim@jaspert.example"}]}
    )

    email: EmailAddress


class PersonInvitedIn(BaseModel):
    """Who is invited, of those with an account."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID


class InvitationOut(Out):
    """An invitation by mail that can still be accepted."""

    id: UUID
    email: str
    created_at: datetime
    expires_at: datetime


class OpenInvitationOut(InvitationOut):
    invited_by: str


class InvitedOut(Out):
    """How somebody stands who was invited."""

    person_id: UUID
    group_id: UUID
    standing: Standing


class InvitationPageOut(Out):
    """What an invited person may see of the group before joining."""

    group_id: UUID
    slug: str
    name: str
    summary: str
    description_html: str
    charter: str
    charter_html: str
    charter_version: int
    admission: Admission
    invited_by: str
    expires_at: datetime


class AcceptIn(BaseModel):
    """What the invited person agrees to."""

    model_config = ConfigDict(extra="forbid")

    accepted_charter: int | None = Field(
        None, ge=1, le=100_000, description="Version of the charter that is agreed to."
    )


_DECLINED = (NotFound, InvitationGone, InvitationUsed, InvitationForAnother)


@router.get(
    "/groups/{group_id}/invitations",
    response_model=Listing[OpenInvitationOut],
    summary="List open invitations",
    **operation(scope="groups:read", refuses=(NotFound, Forbidden, BadCursor)),
)
async def list_(
    group_id: UUID,
    request: Request,
    response: Response,
    reads: Reads,
    actor: CurrentActor,
    params: Paged,
) -> Any:
    """List the invitations by mail that can still be accepted, for those who run the group."""
    group = await group_page(reads, actor, group_id)
    return listing(await open_invitations(reads, actor, group, params.paging), request, response)


@router.post(
    "/groups/{group_id}/invitations",
    status_code=201,
    response_model=InvitationOut,
    summary="Invite by mail",
    **operation(scope="groups:write", refuses=(NotFound, Forbidden, GroupArchived), has_body=True),
)
async def invite(
    group_id: UUID, invited: InvitationIn, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Send an invitation to an address, whether or not somebody here has it."""
    invitation = await invite_by_email(tx, actor, group_id, invited.email)
    await tx.refresh(invitation, ["created_at"])
    response.headers["Location"] = f"/api/v1/groups/{group_id}/invitations/{invitation.id}"
    return invitation


@router.delete(
    "/groups/{group_id}/invitations/{invitation_id}",
    status_code=204,
    summary="Revoke an invitation",
    **operation(scope="groups:write", refuses=(NotFound, Forbidden, InvitationUsed)),
)
async def revoke(group_id: UUID, invitation_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Take back an invitation by mail that nobody has accepted."""
    await revoke_invitation(tx, actor, group_id, invitation_id)


@router.post(
    "/groups/{group_id}/members",
    status_code=201,
    response_model=InvitedOut,
    summary="Invite a person",
    **operation(
        scope="groups:write",
        refuses=(NotFound, Forbidden, GroupArchived, StandingDoesNotFit),
        has_body=True,
    ),
)
async def invite_known(
    group_id: UUID, invited: PersonInvitedIn, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Invite a person who has an account; whoever has asked to join is admitted by it."""
    membership = await invite_person(tx, actor, group_id, invited.person_id)
    response.headers["Location"] = f"/api/v1/groups/{group_id}/members/{invited.person_id}"
    return membership


@router.get(
    "/group-invitations/{token}",
    response_model=InvitationPageOut,
    summary="Read an invitation",
    **operation(scope="groups:read", public=True, refuses=_DECLINED),
)
async def read(token: Token, reads: Reads, actor: CurrentActor) -> Any:
    """Return what an invited person may see of the group before joining."""
    return await invitation_page(reads, actor, token)


@router.post(
    "/group-invitations/{token}/accept",
    response_model=MembershipOut,
    summary="Accept an invitation",
    **operation(
        scope="groups:write",
        refuses=(*_DECLINED, Forbidden, GroupArchived, CharterNotAccepted),
        has_body=True,
    ),
)
async def accept(token: Token, tx: Tx, actor: CurrentActor, agreed: AcceptIn | None = None) -> Any:
    """Join by the link of a mail: once, by the account that has the address it went to."""
    agreed = agreed or AcceptIn()
    return await accept_invitation(tx, actor, token, accepted_charter=agreed.accepted_charter)
