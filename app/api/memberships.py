"""JSON endpoints for belonging to a group: joining, leaving, and deciding who does."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import (
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.core.errors import Forbidden, NotFound, SignInRequired, Stale
from app.core.paging import BadCursor
from app.core.reads import SessionReader
from app.core.text import Prose
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.groups.admission import dismiss
from app.features.groups.deciding import DecidedStanding, decide
from app.features.groups.loading import GroupArchived, StandingDoesNotFit
from app.features.groups.members import (
    MemberOrder,
    MembersNotShown,
    member_of,
    members_of,
    own_membership,
)
from app.features.groups.membership import (
    CharterNotAccepted,
    LastOwner,
    join_group,
    leave_group,
)
from app.features.groups.policy import MemberAct
from app.features.groups.reading import group_page
from app.features.groups.standings import hand_over
from app.models.groups import Standing

router = ContractRouter(prefix="/groups/{group_id}", tags=["groups"])


class JoinIn(BaseModel):
    """How a person asks to join."""

    model_config = ConfigDict(extra="forbid")

    accepted_charter: int | None = Field(
        None, ge=1, le=100_000, description="Version of the charter that is agreed to."
    )
    request_text: Annotated[str, Prose(1_000, 0)] = Field(
        "", description="A word to those who decide, in groups that admit on request."
    )


class DecisionIn(BaseModel):
    """How a person shall stand to the group from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"standing": "refused", "reason": "Wir sind voll."}]},
    )

    standing: DecidedStanding
    reason: Annotated[str, Prose(1_000, 0)] = Field(
        "", description="Told to the person who is refused or banned."
    )


class HeirIn(BaseModel):
    """Who takes a group over."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID


class MembershipOut(Out):
    group_id: UUID
    standing: Standing
    since: datetime
    charter_version: int | None
    request_text: str
    reason: str = Field(description="Why the person was refused or banned.")


class MemberOut(Out):
    """Somebody in a group; what is null is for those who run it."""

    person_id: UUID
    name: str
    slug: str
    headline: str
    place_name: str | None
    standing: Standing
    since: datetime
    charter_version: int | None
    request_text: str | None
    reason: str | None
    viewer_can: list[MemberAct]


class MemberParams(PageParams):
    """Which members, in which order."""

    model_config = ConfigDict(extra="forbid")

    standing: Standing | None = Field(
        None,
        description="`requested`, `invited`, `refused` or `banned`: only for those who run the "
        "group. Without, all who belong to it.",
    )
    order: MemberOrder = MemberOrder.STANDING


_JOINING = (NotFound, Forbidden, CharterNotAccepted, GroupArchived)
_DECIDING = (NotFound, Forbidden, StandingDoesNotFit, LastOwner, GroupArchived, Stale)


@router.get(
    "/membership",
    response_model=MembershipOut,
    summary="Read one's own membership",
    **operation(scope="groups:read", refuses=(NotFound,)),
)
async def own(group_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """Return how the reader stands to a group; 404 for who has nothing to do with it."""
    return await own_membership(reads, actor, group_id)


@router.put(
    "/membership",
    response_model=MembershipOut,
    summary="Join a group, or ask to",
    **operation(scope="groups:write", refuses=_JOINING, has_body=True),
)
async def join(group_id: UUID, tx: Tx, actor: CurrentActor, wish: JoinIn | None = None) -> Any:
    """Join an open group at once; ask to join one that admits on request."""
    wish = wish or JoinIn()
    return await join_group(
        tx,
        actor,
        group_id,
        accepted_charter=wish.accepted_charter,
        request_text=wish.request_text,
    )


@router.delete(
    "/membership",
    status_code=204,
    summary="Leave a group",
    **operation(scope="groups:write", refuses=(NotFound, Forbidden, LastOwner)),
)
async def leave(group_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Leave a group, withdraw a request, or decline an invitation."""
    await leave_group(tx, actor, group_id)


@router.get(
    "/members",
    response_model=Listing[MemberOut],
    summary="List members",
    **operation(
        scope="groups:read",
        public=True,
        refuses=(NotFound, SignInRequired, MembersNotShown, BadCursor),
    ),
)
async def members(
    group_id: UUID,
    request: Request,
    response: Response,
    reads: Reads,
    actor: CurrentActor,
    params: Annotated[MemberParams, Query()],
) -> Any:
    """List who belongs to a group, or who waits, was refused or is banned."""
    group = await group_page(reads, actor, group_id)
    page = await members_of(
        reads, actor, group, params.paging, standing=params.standing, order=params.order
    )
    return listing(page, request, response)


@router.patch(
    "/members/{person_id}",
    response_model=MemberOut,
    summary="Decide about a person",
    **operation(scope="groups:write", refuses=_DECIDING, has_body=True),
)
async def change(
    group_id: UUID,
    person_id: UUID,
    decision: DecisionIn,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Admit, refuse or ban somebody, or make a member moderator or owner."""
    membership = await decide(
        tx,
        actor,
        group_id,
        person_id,
        decision.standing,
        reason=decision.reason,
        expected=expected,
    )
    tagged(request, membership.version)
    reader = SessionReader(tx)
    return await member_of(reader, actor, await group_page(reader, actor, group_id), person_id)


@router.delete(
    "/members/{person_id}",
    status_code=204,
    summary="Refuse or remove a person, or lift a ban",
    **operation(scope="groups:write", refuses=_DECIDING),
)
async def remove(
    group_id: UUID, person_id: UUID, tx: Tx, actor: CurrentActor, expected: ExpectedVersion
) -> None:
    """Refuse a request, take back an invitation, remove a member, or lift a ban."""
    await dismiss(tx, actor, group_id, person_id, expected=expected)


@router.post(
    "/hand-over",
    response_model=MembershipOut,
    summary="Hand a group over",
    **operation(scope="groups:write", refuses=_DECIDING, has_body=True),
)
async def pass_on(group_id: UUID, heir: HeirIn, tx: Tx, actor: CurrentActor) -> Any:
    """Make a member the owner and stay on as a moderator; answers with one's own membership."""
    await hand_over(tx, actor, group_id, heir.person_id)
    return await own_membership(SessionReader(tx), actor, group_id)
