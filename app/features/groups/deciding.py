"""One decision about one person, by the standing they shall have from then on."""

from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.features.groups import policy
from app.features.groups.admission import admit, ban, refuse
from app.features.groups.loading import hold_for, membership_of
from app.features.groups.standings import set_standing
from app.models.groups import Membership, Standing

DecidedStanding = Literal[
    Standing.MEMBER, Standing.MODERATOR, Standing.OWNER, Standing.REFUSED, Standing.BANNED
]


async def decide(
    session: Session,
    actor: Actor,
    group_id: UUID,
    person_id: UUID,
    standing: DecidedStanding,
    *,
    reason: str = "",
    expected: int | None = None,
) -> Membership:
    """Bring a person to ``standing``: admitted, refused, banned, or named to a task.

    The rules, and what happens twice, are those of the single decisions.
    """
    if standing == Standing.REFUSED:
        return await refuse(session, actor, group_id, person_id, reason=reason, expected=expected)
    if standing == Standing.BANNED:
        return await ban(session, actor, group_id, person_id, reason=reason, expected=expected)
    await hold_for(session, actor, group_id, policy.Act.MODERATE)
    present = await membership_of(session, group_id, person_id)
    comes_in = present is not None and present.standing in {Standing.REQUESTED, Standing.MEMBER}
    if comes_in and standing == Standing.MEMBER:
        return await admit(session, actor, group_id, person_id, expected=expected)
    return await set_standing(session, actor, group_id, person_id, standing, expected=expected)
