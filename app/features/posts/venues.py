"""Where somebody may post: the groups they belong to."""

from typing import Any

from sqlalchemy import Select, select

from app.core.actor import Actor
from app.core.reads import Reader, prepared
from app.features.groups.policy import INSIDE
from app.models.groups import Group, Membership

MAX_GROUPS = 500


@prepared
def _groups(actor: Actor) -> Select[Any]:
    columns: list[Any] = [Group.id, Group.name, Group.slug, Group.admission]
    return (
        select(*columns)
        .join(Membership, Membership.group_id == Group.id)
        .where(
            Membership.person_id == actor.person_id,
            Membership.standing.in_(INSIDE),
            Group.archived_at.is_(None),
        )
        .order_by(Group.sort_name, Group.id)
        .limit(MAX_GROUPS)
    )


async def groups_to_post_in(reader: Reader, actor: Actor) -> list[Any]:
    """Return the groups in which ``actor`` may post, by name: id, name, slug, admission."""
    if not actor.is_signed_in:
        return []
    return await reader.all(_groups(actor.shape), {"me": actor.person_id})
