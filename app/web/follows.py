"""Pages for following: what one follows, and the buttons."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.core.asking import Asked
from app.core.paging import Paging
from app.edge.deps import Reads, Tx
from app.features.follows.followed import list_follows
from app.features.follows.following import FollowDraft, follow, unfollow
from app.models.follows import FollowTarget
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


async def _context(page: Page, reads: Reads, cursor: str = "") -> dict[str, Any]:
    follows = await list_follows(reads, page.actor, Paging(cursor=cursor or None))
    return {
        "follows": follows,
        "cursor": cursor,
        "topics": topic_choices(page.actor.locale),
        "followed_topics": {one.key for one in follows.items},
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
