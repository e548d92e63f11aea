"""Pages for groups."""

from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from app.edge.deps import Tx
from app.features.groups.membership import join_group
from app.models.groups import Group
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/groups")


@router.post("/{group_id}/join")
async def join(group_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Join from the button on the group page."""
    posted = await page.request.form()
    accepted = str(posted.get("accepted_charter", ""))
    membership = await join_group(
        tx,
        page.actor,
        group_id,
        accepted_charter=int(accepted) if accepted.isdecimal() else None,
        request_text=str(posted.get("request_text", ""))[:1_000],
    )
    slug = await tx.scalar(select(Group.slug).where(Group.id == group_id))
    notice = "group.requested" if membership.standing == "requested" else "group.joined"
    return page.go(f"/groups/{slug}", notice)
