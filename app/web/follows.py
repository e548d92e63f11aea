"""Pages for following: what one follows, and the buttons."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked, label_of
from app.core.i18n import N_, translate
from app.core.paging import Paging
from app.edge.deps import Reads, Tx
from app.features.feed.muting import MOST_MUTED, list_mutes
from app.features.follows.followed import list_follows, wishes_about
from app.features.follows.following import FollowDraft, follow, unfollow
from app.features.posts.drafts import KINDS
from app.models.follows import FollowTarget
from app.reference.codes import section_choices
from app.reference.sectors import WZ_2008
from app.reference.topics import topic_choices
from app.web.page import CurrentPage, Page, PageRouter, local_path

router = PageRouter(prefix="/follows")


class FollowForm(FollowDraft):
    """What is followed, and the page from which the button was pressed."""

    next: Annotated[str, Field(max_length=500), Asked("", widget="hidden")] = "/follows"


class Continued(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    cursor: str = Field("", max_length=2_000)


def _choices(page: Page) -> list[tuple[str, list[tuple[FollowTarget, str, str]]]]:
    """Return what there is a fixed list of, under headings: kinds, sectors, topics."""
    locale = page.actor.locale
    kinds = [(FollowTarget.KIND, key, translate(kind.plural)) for key, kind in KINDS.items()]
    sectors = [(FollowTarget.SECTOR, f"{WZ_2008}:{c}", t) for c, t in section_choices(locale)]
    topics = [(FollowTarget.TOPIC, code, title) for code, title in topic_choices(locale)]
    return [
        (translate(N_("Beitragsarten")), kinds),
        (translate(N_("Branchen")), sectors),
        (translate(N_("Themen von Gruppen")), topics),
    ]


async def _context(page: Page, reads: Reads, cursor: str = "") -> dict[str, Any]:
    offered = _choices(page)
    wishes = await wishes_about(reads, page.actor, [one for _, some in offered for one in some])
    taken = {(one.thing.target, one.thing.key) for one in wishes if one.follow_id}
    return {
        "follows": await list_follows(reads, page.actor, Paging(cursor=cursor or None)),
        "cursor": cursor,
        "mutes": await list_mutes(reads, page.actor, Paging(MOST_MUTED)),
        "offered": [
            (heading, [one for one in some if one[:2] not in taken]) for heading, some in offered
        ],
        "targets": {target.value: translate(label_of(target)) for target in FollowTarget},
    }


@router.get("")
async def show(page: CurrentPage, reads: Reads, asked: Annotated[Continued, Query()]) -> Response:
    """Show what the reader follows."""
    form = page.blank(FollowForm, {"target": FollowTarget.PLACE})
    context = await _context(page, reads, asked.cursor)
    return await page.render("follows/list.html", form=form, **context)


@router.post("")
async def add(page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Follow something, from its page or from the list."""
    draft = await page.form(FollowForm, "follows/list.html", **await _context(page, reads))
    await follow(tx, page.actor, draft)
    return page.go(local_path(draft.next), "follow.followed")


@router.post("/{follow_id}/remove")
async def remove(follow_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Follow something no more."""
    await unfollow(tx, page.actor, follow_id)
    posted = await page.request.form()
    return page.go(local_path(str(posted.get("next", "/follows"))), "follow.unfollowed")
