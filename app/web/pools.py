"""Pages for purchasing pools."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.asking import Asked
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.edge.forms import Form
from app.features.companies.speaking import voices_of
from app.features.pools.joining import ShareDraft, close_pool, join_pool, leave_pool
from app.features.pools.policy import Act
from app.features.pools.reading import PoolView, list_shares, read_pool, read_post_of_pool
from app.features.posts.policy import Act as PostAct
from app.features.posts.reading import FORMER_MEMBER
from app.web.page import CurrentPage, Page, PageRouter
from app.web.posts import offer_voices

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]


class LeaveForm(BaseModel):
    """Who leaves: a company, or the reader."""

    model_config = ConfigDict(extra="forbid")

    company_id: Annotated[UUID | None, Asked("company_id", widget="hidden")] = None


async def _context(
    page: Page, reader: Reader, post_id: UUID, cursor: str | None = None
) -> dict[str, Any]:
    post = await read_post_of_pool(reader, page.actor, post_id)
    view = await read_pool(reader, page.actor, post)
    shares: Part[Any] = Part([])
    if Act.SEE_WHO in view.acts:
        shares = await list_shares(reader, page.actor, post, Paging(cursor=cursor))
    return {
        "post": post.row,
        "sees_post": PostAct.VIEW in post.acts,
        "pool": view,
        "can": view.acts,
        "shares": shares.items,
        "next": shares.next,
        "cursor": cursor,
        "former": FORMER_MEMBER,
    }


@router.get("/posts/{post_id}/pool")
async def show(post_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show how far a pool has come, and a form to take part."""
    context = await _context(page, reader, post_id, cursor)
    form = None
    if Act.JOIN in context["can"]:
        form = page.blank(ShareDraft, _values(context["pool"]))
        offer_voices(page, form, await voices_of(reader, page.actor))
    return await page.render("pools/show.html", form=form, **context)


def _values(view: PoolView) -> dict[str, Any]:
    """Begin the form with the share that there is."""
    if not view.own:
        return {}
    return {"quantity": view.own[0].quantity, "company_id": view.own[0].company_id}


@router.post("/posts/{post_id}/pool")
async def join(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Take part, or change one's share."""
    _ = page.me
    context = await _context(page, reader, post_id)
    voices = await voices_of(reader, page.actor)

    def prepare(form: Form) -> None:
        offer_voices(page, form, voices)

    draft = await page.form(ShareDraft, "pools/show.html", prepare=prepare, **context)
    await join_pool(tx, page.actor, post_id, draft)
    return page.go(f"/posts/{post_id}/pool", "pool.joined")


@router.post("/posts/{post_id}/pool/leave")
async def leave(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Take part no more."""
    _ = page.me
    context = await _context(page, reader, post_id)
    draft = await page.form(LeaveForm, "pools/show.html", **context)
    await leave_pool(tx, page.actor, post_id, draft.company_id)
    return page.go(f"/posts/{post_id}/pool", "pool.left")


@router.post("/posts/{post_id}/pool/close")
async def close(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Close a pool of one's own."""
    _ = page.me
    await close_pool(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}/pool", "pool.closed")
