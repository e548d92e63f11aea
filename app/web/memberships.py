"""Pages for belonging to a group: joining and leaving it."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.text import Prose
from app.edge.deps import Reads, Tx
from app.features.groups.membership import join_group
from app.features.groups.policy import Act
from app.features.groups.reading import GroupPage, group_page
from app.models.groups import Admission, Standing
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/groups")


class JoinDraft(BaseModel):
    """What is asked of a newcomer; ``accepted_charter`` is the version that was shown."""

    model_config = ConfigDict(extra="forbid")

    request_text: Annotated[
        str,
        Prose(1_000, 0),
        Asked(N_("Ein Wort an die Gruppe"), widget="textarea", rows=3),
    ] = ""
    accepts: Annotated[bool, Asked(N_("Ich stimme der Gruppenordnung zu."))] = False
    accepted_charter: Annotated[int | None, Field(ge=1, le=100_000), Asked("", widget="hidden")] = (
        None
    )


@router.get("/{slug}/join")
async def ask_to_join(slug: str, page: CurrentPage, reads: Reads) -> Response:
    """Show the charter, and ask for a word where somebody decides."""
    page.require(page.actor.is_signed_in)
    group = await group_page(reads, page.actor, slug)
    page.require(Act.JOIN in group.viewer_can)
    form = page.blank(JoinDraft, {"accepted_charter": group.charter_version})
    return await page.render("groups/join.html", form=form, group=group, asks=_asks(group))


def _asks(group: GroupPage) -> list[str]:
    decided = group.admission != Admission.OPEN and group.standing != Standing.INVITED
    return [*(["request_text"] if decided else []), *(["accepts"] if group.charter else [])]


@router.post("/{group_id}/join")
async def join(group_id: UUID, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Join, or ask to."""
    group = await group_page(reads, page.actor, group_id)
    draft = await page.form(JoinDraft, "groups/join.html", group=group, asks=_asks(group))
    membership = await join_group(
        tx,
        page.actor,
        group_id,
        accepted_charter=draft.accepted_charter if draft.accepts else None,
        request_text=draft.request_text,
    )
    notice = "group.requested" if membership.standing == Standing.REQUESTED else "group.joined"
    return page.go(f"/groups/{group.slug}", notice)
