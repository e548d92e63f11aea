"""Pages for conversations: the inbox, one conversation, a first message, and blocking."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.asking import label_of
from app.core.errors import Invalid
from app.core.i18n import translate
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.edge.deps import Files, Reads, Tx
from app.edge.forms import FILES_FORM_BYTES, PROSE_FORM_BYTES, read_form
from app.edge.post_words import Names
from app.features.media.uploading import upload_all
from app.features.messages.blocking import block_person, list_blocked, unblock_person
from app.features.messages.conversing import (
    AnswerDraft,
    ConversationDraft,
    answer_request,
    read_conversation_now,
    write_in_conversation,
    write_to,
)
from app.features.messages.inbox import (
    ConversationFilters,
    ConversationView,
    conversation_with,
    find_addressee,
    list_conversations,
    messages_in,
    read_conversation,
)
from app.features.messages.policy import Act
from app.features.messages.threads import MessageDraft, MessageText
from app.features.posts.reading import FORMER_MEMBER
from app.models.messages import Side
from app.web.inquiries import SHOWN, MessageForm
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]


class FirstMessage(BaseModel):
    """A first message; it comes without files."""

    model_config = ConfigDict(extra="forbid")

    text: MessageText


def _name(view: ConversationView) -> str:
    return translate(FORMER_MEMBER) if view.other.name is None else view.other.name


@router.get("/messages")
async def inbox(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show the conversations of the reader and of their companies."""
    _ = page.me
    given = page.asked(ConversationFilters)
    form = page.blank(ConversationFilters, dict(given))
    found: Part[ConversationView] = Part([])
    try:
        filters = read_form(ConversationFilters, given)
        found = await list_conversations(reader, page.actor, filters, Paging(cursor=cursor))
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
    return await page.render(
        "messages/list.html",
        status=422 if form.errors else 200,
        form=form,
        active=1 if given.get("state") else 0,
        conversations=[(view, _name(view), label_of(view.state)) for view in found.items],
        next=found.next,
        cursor=cursor,
    )


async def _context(
    page: Page, reader: Reader, conversation_id: UUID, cursor: str | None = None
) -> dict[str, Any]:
    """Return what the page of a conversation is drawn from."""
    _ = page.me
    view = await read_conversation(reader, page.actor, conversation_id)
    part = await messages_in(reader, view, Paging(SHOWN, cursor))
    return {
        "view": view,
        "partner": _name(view),
        "state": label_of(view.state),
        "can": view.acts,
        "messages": part.items[::-1],
        "spoken": lambda message: _spoken(view, message),
        "next": part.next,
        "cursor": cursor,
    }


def _spoken(view: ConversationView, message: Any) -> Names:
    """Return under whose name a message stands."""
    row = view.row
    left = message.author_id is None or message.author_has_left
    by_company = message.side == Side.KEEPER and row.company_id is not None
    picture = row.company_logo_id if by_company else None if left else message.author_picture_id
    return Names(
        translate(FORMER_MEMBER) if left else message.author_name,
        None if left else f"/people/{message.author_slug}",
        row.company_name if by_company else None,
        f"/companies/{row.company_slug}" if by_company else None,
        f"/media/{picture}/256" if picture else None,
    )


@router.get("/messages/blocked")
async def blocked(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show whom the reader has blocked."""
    found = await list_blocked(reader, page.actor, Paging(cursor=cursor))
    return await page.render(
        "messages/blocked.html", blocks=found.items, next=found.next, cursor=cursor
    )


@router.get("/messages/{conversation_id}")
async def show(
    conversation_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None
) -> Response:
    """Show a conversation, and a form to write in it."""
    context = await _context(page, reader, conversation_id, cursor)
    can_write = Act.WRITE in context["can"] and not context["view"].row.is_blocked
    form = page.blank(MessageForm) if can_write else None
    return await page.render("messages/show.html", form=form, **context)


@router.post("/messages/{conversation_id}/messages", max_body_size=FILES_FORM_BYTES)
async def write(
    conversation_id: UUID, page: CurrentPage, reader: Reads, tx: Tx, storage: Files
) -> Response:
    """Write to the other side."""
    context = await _context(page, reader, conversation_id)
    draft = await page.form(MessageForm, "messages/show.html", **context)
    media = await upload_all(tx, page.actor, storage, draft.enclosed, field="enclosed")
    said = MessageDraft(text=draft.text, files=[medium.id for medium in media])
    message = await write_in_conversation(tx, page.actor, conversation_id, said)
    return page.go(f"/messages/{conversation_id}", "message.sent", fragment=f"message-{message.id}")


@router.post("/messages/{conversation_id}/answer/{state}")
async def answer(
    conversation_id: UUID, state: Literal["accepted", "refused"], page: CurrentPage, tx: Tx
) -> Response:
    """Accept a stranger's first message, or refuse it in silence."""
    await answer_request(tx, page.actor, conversation_id, AnswerDraft(state=state))
    if state == "refused":
        return page.go("/messages", "message.refused")
    return page.go(f"/messages/{conversation_id}", "message.accepted")


@router.post("/messages/{conversation_id}/read")
async def mark_read(conversation_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Mark everything in a conversation as read."""
    await read_conversation_now(tx, page.actor, conversation_id)
    return page.go(f"/messages/{conversation_id}", "message.read")


def _blocked_in(view: ConversationView) -> tuple[UUID, UUID | None]:
    """Return whom to block from a conversation, and for which company."""
    if view.side == Side.OPENER:
        return view.row.person_id or view.row.opener_id, None
    return view.row.opener_id, view.row.company_id


@router.post("/messages/{conversation_id}/block")
async def block(conversation_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Hear no more of the other side."""
    view = await read_conversation(reader, page.actor, conversation_id)
    await block_person(tx, page.actor, *_blocked_in(view))
    return page.go(f"/messages/{conversation_id}", "message.blocked")


@router.post("/messages/{conversation_id}/unblock")
async def unblock(conversation_id: UUID, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Let the other side write again."""
    view = await read_conversation(reader, page.actor, conversation_id)
    await unblock_person(tx, page.actor, *_blocked_in(view))
    return page.go(f"/messages/{conversation_id}", "message.unblocked")


async def _first(page: Page, reader: Reader, slug: str, *, company: bool) -> dict[str, Any]:
    _ = page.me
    found = await find_addressee(reader, slug, company=company)
    here = f"/{'companies' if company else 'people'}/{found.slug}"
    known = await conversation_with(reader, page.actor, found.id, company=company)
    return {"addressee": found, "here": here, "is_company": company, "known": known}


async def _ask_first(page: Page, reader: Reader, slug: str, *, company: bool) -> Response:
    context = await _first(page, reader, slug, company=company)
    if context["known"]:
        return page.go(f"/messages/{context['known']}")
    return await page.render("messages/new.html", form=page.blank(FirstMessage), **context)


async def _send_first(page: Page, reader: Reader, tx: Any, slug: str, *, company: bool) -> Response:
    context = await _first(page, reader, slug, company=company)
    draft = await page.form(FirstMessage, "messages/new.html", **context)
    key = "company_id" if company else "person_id"
    wanted = ConversationDraft.model_validate({"text": draft.text, key: context["addressee"].id})
    conversation = await write_to(tx, page.actor, wanted)
    return page.go(f"/messages/{conversation.id}", "message.sent")


@router.get("/people/{slug}/message")
async def ask_person(slug: str, page: CurrentPage, reader: Reads) -> Response:
    """Ask for a first message to a person."""
    return await _ask_first(page, reader, slug, company=False)


@router.post("/people/{slug}/message", max_body_size=PROSE_FORM_BYTES)
async def send_person(slug: str, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Send a first message to a person."""
    return await _send_first(page, reader, tx, slug, company=False)


@router.get("/companies/{slug}/message")
async def ask_company(slug: str, page: CurrentPage, reader: Reads) -> Response:
    """Ask for a first message to a company."""
    return await _ask_first(page, reader, slug, company=True)


@router.post("/companies/{slug}/message", max_body_size=PROSE_FORM_BYTES)
async def send_company(slug: str, page: CurrentPage, reader: Reads, tx: Tx) -> Response:
    """Send a first message to a company."""
    return await _send_first(page, reader, tx, slug, company=True)
