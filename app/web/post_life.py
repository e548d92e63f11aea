"""Pages for the life of a post: one's own, drafts, and what a mail asks for when time runs out."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.asking import Asked
from app.core.errors import Invalid, NotFound
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.edge.deps import Reads, Tx
from app.edge.forms import read_form
from app.features.posts.drafts import KINDS
from app.features.posts.ending import (
    ConclusionDraft,
    RenewalDraft,
    conclude_post,
    release_post,
    renew_post,
    reserve_post,
    withdraw_post,
)
from app.features.posts.keeping import Keeper, keeper_of
from app.features.posts.own import OwnFilters, own_posts
from app.features.posts.policy import Act
from app.features.posts.publishing import PublicationDraft, publish_draft
from app.features.posts.reading import PostView, read_post
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import cards_of, state_of

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]


class KeyForm(BaseModel):
    """The key from a mail, which acts in place of signing in."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Asked("key", widget="hidden")]


class KeyedConclusion(ConclusionDraft, KeyForm):
    """How a post came to be done, said with the key from a mail."""


@router.get("/me/posts")
async def own(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show the posts that the reader keeps, in every state."""
    _ = page.me
    given = page.asked(OwnFilters)
    form = page.filters(OwnFilters, dict(given))
    found: Part[Any] = Part([])
    try:
        wanted = read_form(OwnFilters, given)
        found = await own_posts(reader, page.actor, wanted, Paging(cursor=cursor))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
    return await page.render(
        "posts/own.html",
        status=422 if form.errors else 200,
        form=form,
        active=1 if given.get("status") else 0,
        cards=cards_of(found.items),
        cursor=cursor,
        next=found.next,
    )


async def _kept(page: Page, reader: Reader, post_id: UUID, act: Act) -> PostView:
    _ = page.me
    view = await read_post(reader, page.actor, post_id)
    if act not in view.acts:
        raise NotFound
    return view


@router.get("/posts/{post_id}/publish")
async def ask_to_publish(post_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Ask whether a draft is ready."""
    view = await _kept(page, reader, post_id, Act.PUBLISH)
    form = page.blank(PublicationDraft, version=view.row.version)
    return await page.render("posts/publish.html", form=form, post=view.row)


@router.post("/posts/{post_id}/publish")
async def publish(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Publish a draft."""
    view = await _kept(page, reader, post_id, Act.PUBLISH)
    draft = await page.form(PublicationDraft, "posts/publish.html", post=view.row)
    await publish_draft(
        tx, page.actor, post_id, confirmed=draft.confirmed, expected=await page.version()
    )
    return page.go(f"/posts/{post_id}", "post.published")


@router.post("/posts/{post_id}/reserve")
async def reserve(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Reserve from the button."""
    await reserve_post(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}", "post.reserved")


@router.post("/posts/{post_id}/release")
async def release(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take the reservation back."""
    await release_post(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}", "post.released")


@router.post("/posts/{post_id}/renew")
async def renew(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Renew for the time of its kind."""
    await renew_post(tx, page.actor, post_id, RenewalDraft())
    return page.go(f"/posts/{post_id}", "post.renewed")


@router.get("/posts/{post_id}/conclude")
async def ask_to_conclude(post_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Ask how a post came to be done."""
    view = await _kept(page, reader, post_id, Act.CONCLUDE)
    form = page.blank(ConclusionDraft)
    return await page.render("posts/conclude.html", form=form, post=view.row)


@router.post("/posts/{post_id}/conclude")
async def conclude(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Keep that a post is done."""
    view = await _kept(page, reader, post_id, Act.CONCLUDE)
    draft = await page.form(ConclusionDraft, "posts/conclude.html", post=view.row)
    await conclude_post(tx, page.actor, post_id, draft)
    return page.go("/me/posts", "post.concluded")


def _keeper(post_id: UUID, key: str) -> Keeper:
    keeper = keeper_of(key)
    if keeper.post_id != post_id:
        raise NotFound
    return keeper


@router.get("/posts/{post_id}/keep")
async def keep(post_id: UUID, key: str, page: CurrentPage, reader: Reads) -> Response:
    """Show what the mail asks; nothing happens before a button is pressed."""
    keeper = _keeper(post_id, key)
    view = await read_post(reader, keeper.actor, post_id)
    form = page.blank(KeyedConclusion, {"key": key})
    return await page.render("posts/keep.html", form=form, key=key, **_asked(view))


def _asked(view: PostView) -> dict[str, Any]:
    row = view.row
    return {
        "post": row,
        "kind": KINDS[row.kind],
        "state": state_of(row),
        "can": view.acts,
        "latest_end": view.latest_end,
    }


@router.post("/posts/{post_id}/keep/renew")
async def keep_on(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Renew with the key from the mail."""
    key = await _key(page)
    await renew_post(tx, _keeper(post_id, key).actor, post_id, RenewalDraft())
    return page.go(f"/posts/{post_id}/keep?key={key}", "post.renewed")


@router.post("/posts/{post_id}/keep/release")
async def keep_free(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take a reservation back with the key from the mail."""
    key = await _key(page)
    await release_post(tx, _keeper(post_id, key).actor, post_id)
    return page.go(f"/posts/{post_id}/keep?key={key}", "post.released")


@router.post("/posts/{post_id}/keep/withdraw")
async def keep_no_more(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Withdraw with the key from the mail."""
    key = await _key(page)
    await withdraw_post(tx, _keeper(post_id, key).actor, post_id)
    return page.go(f"/posts/{post_id}/keep?key={key}", "post.withdrawn")


@router.post("/posts/{post_id}/keep/conclude")
async def keep_as_done(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Conclude with the key from the mail."""
    key = await _key(page)
    keeper = _keeper(post_id, key)
    view = await read_post(reader, keeper.actor, post_id)
    draft = await page.form(KeyedConclusion, "posts/keep.html", key=key, **_asked(view))
    await conclude_post(tx, keeper.actor, post_id, ConclusionDraft(conclusion=draft.conclusion))
    return page.go(f"/posts/{post_id}/keep?key={key}", "post.concluded")


async def _key(page: Page) -> str:
    return str((await page.request.form()).get("key", ""))
