"""Replies at the pages: writing, changing, withdrawing and accepting them."""

from uuid import UUID

from starlette.responses import Response

from app.core.errors import NotFound
from app.edge.deps import Reads, Tx
from app.features.companies.speaking import voices_of
from app.features.posts.policy import Act, ReplyAct
from app.features.posts.reactions import find_reply_helpful, unfind_reply_helpful
from app.features.posts.reading import list_reply_revisions, read_post, read_reply
from app.features.posts.replying import (
    ReplyChange,
    ReplyDraft,
    accept_answer,
    edit_reply,
    reply_to,
    unaccept_answer,
    withdraw_reply,
)
from app.web.page import CurrentPage, PageRouter
from app.web.posts import offer_voices, post_context

router = PageRouter()


@router.post("/posts/{post_id}/replies")
async def reply(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Answer from the form below a post."""
    view = await read_post(reader, page.actor, post_id)
    if Act.REPLY in view.acts:
        voices = await voices_of(reader, page.actor)
        context = await post_context(page, reader, view)
        draft = await page.form(
            ReplyDraft,
            "posts/post.html",
            name="reply_form",
            prepare=lambda form: offer_voices(page, form, voices),
            **context,
        )
    else:
        draft = ReplyDraft(body="-")  # is refused below, with the reason
    made = await reply_to(tx, page.actor, post_id, draft)
    return page.go(f"/posts/{post_id}", "reply.posted", fragment=f"reply-{made.id}")


@router.get("/replies/{reply_id}/edit")
async def edit(reply_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show a reply as a form."""
    _ = page.me
    post, found = await read_reply(reader, page.actor, reply_id)
    if ReplyAct.EDIT not in found.acts:
        raise NotFound
    form = page.blank(ReplyChange, {"body": found.row.body}, version=found.row.version)
    return await page.render("posts/edit_reply.html", form=form, post=post.row, reply=found.row)


@router.post("/replies/{reply_id}/edit")
async def change(reply_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Keep what the form holds."""
    post, found = await read_reply(reader, page.actor, reply_id)
    wanted = await page.form(ReplyChange, "posts/edit_reply.html", post=post.row, reply=found.row)
    await edit_reply(tx, page.actor, reply_id, wanted, expected=await page.version())
    return page.go(f"/posts/{post.row.id}", "reply.edited", fragment=f"reply-{reply_id}")


@router.get("/replies/{reply_id}/history")
async def history(reply_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show how a reply read before each change."""
    post, found = await read_reply(reader, page.actor, reply_id)
    revisions = await list_reply_revisions(reader, page.actor, reply_id)
    return await page.render(
        "posts/reply_history.html", post=post.row, reply=found.row, revisions=revisions
    )


@router.post("/replies/{reply_id}/withdraw")
async def withdraw(reply_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Withdraw a reply."""
    found = await withdraw_reply(tx, page.actor, reply_id)
    return page.go(f"/posts/{found.post_id}", "reply.withdrawn", fragment="replies")


@router.post("/replies/{reply_id}/helpful")
async def find_helpful(reply_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Say that a reply was helpful."""
    post_id = await find_reply_helpful(tx, page.actor, reply_id)
    return page.go(f"/posts/{post_id}", fragment=f"reply-{reply_id}")


@router.post("/replies/{reply_id}/unhelpful")
async def unfind_helpful(reply_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Take that back."""
    post_id = await unfind_reply_helpful(tx, page.actor, reply_id)
    return page.go(f"/posts/{post_id}", fragment=f"reply-{reply_id}")


@router.post("/replies/{reply_id}/accept")
async def accept(reply_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Say that a reply answered the question."""
    post, _ = await read_reply(reader, page.actor, reply_id)
    await accept_answer(tx, page.actor, post.row.id, reply_id)
    return page.go(f"/posts/{post.row.id}", "answer.accepted", fragment="replies")


@router.post("/posts/{post_id}/unaccept")
async def unaccept(post_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Say that the question is open again."""
    await unaccept_answer(tx, page.actor, post_id)
    return page.go(f"/posts/{post_id}", "answer.unaccepted", fragment="replies")
