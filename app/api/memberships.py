"""JSON endpoints for belonging to a group: joining and leaving it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import ContractRouter, Out, operation
from app.core.errors import Forbidden, NotFound
from app.core.text import Prose
from app.edge.deps import CurrentActor, Tx
from app.features.groups.membership import CharterNotAccepted, join_group
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


class MembershipOut(Out):
    group_id: UUID
    standing: Standing
    charter_version: int | None


@router.put(
    "/membership",
    response_model=MembershipOut,
    summary="Join a group, or ask to",
    **operation(
        scope="groups:write", refuses=(NotFound, Forbidden, CharterNotAccepted), has_body=True
    ),
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
