"""Loading a claim in order to act on it."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, SignInRequired
from app.core.i18n import N_
from app.features.companies.claiming import policy
from app.features.companies.keeping import present_role
from app.models.companies import Claim, ClaimState, ClaimWay, Company, StaffRole


class ClaimOver(Conflict):
    code = "claim_over"
    text = N_("Dieser Antrag ist nicht mehr offen. Bitte stellen Sie einen neuen.")


class ClaimIsForOwners(Conflict):
    code = "claim_is_for_owners"
    text = N_(
        "Das Unternehmen gehört inzwischen jemandem. Über Ihren Antrag entscheiden nun die "
        "Inhaberinnen und Inhaber; wir haben sie benachrichtigt."
    )


async def claim_for(
    session: Session, actor: Actor, claim_id: UUID, act: policy.Act
) -> tuple[Claim, Company]:
    """Return the claim and its company, both locked until commit, if ``actor`` may do ``act``.

    The company is locked first: claims on one company wait for each other.
    """
    if actor.person_id is None:
        raise SignInRequired
    company_id = await session.scalar(
        select(Claim.company_id).where(
            Claim.id == claim_id, policy.visible_to(actor, operator=actor.operator)
        )
    )
    if company_id is None:
        raise NotFound
    company = await session.get_one(
        Company, company_id, with_for_update=True, populate_existing=True
    )
    claim = await session.get_one(Claim, claim_id, with_for_update=True, populate_existing=True)
    is_own = claim.person_id == actor.person_id
    is_owner = await present_role(session, actor, company_id) == StaffRole.OWNER
    granted = policy.acts(actor, claim.way, claim.state, is_own=is_own, is_owner=is_owner)
    if act in granted and claim.expires_at > clock.now():
        return claim, company
    if is_own and act == policy.Act.CONFIRM and claim.way == ClaimWay.OWNERS:
        raise ClaimIsForOwners
    if policy.Act.VIEW not in granted:
        raise NotFound
    raise ClaimOver if claim.state != ClaimState.OPEN or act in granted else Forbidden
