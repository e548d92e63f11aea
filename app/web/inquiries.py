"""Pages for inquiries: asking about a post, the inbox, and one thread."""

from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.responses import Response

from app.core.asking import Asked
from app.core.errors import Invalid
from app.core.i18n import N_, translate
from app.core.paging import Page as Part, Paging
from app.core.reads import Reader
from app.core.text import Prose
from app.edge.deps import Files, Reads, Tx
from app.edge.forms import FILES_FORM_BYTES, PROSE_FORM_BYTES, Form, Option, read_form
from app.edge.post_words import Names, facts_in
from app.features.companies.speaking import voices_of
from app.features.deals.addresses import shared_addresses
from app.features.deals.reading import find_deal
from app.features.inquiries.answering import (
    InquiryStepNotPossible,
    move_inquiry,
    read_inquiry_now,
    write_in_inquiry,
)
from app.features.inquiries.asking import OwnPost, TakesNoInquiries, ask_about
from app.features.inquiries.drafts import InquiryDraft, StateDraft, inquiry_draft_of
from app.features.inquiries.policy import LEADS_TO, Act
from app.features.inquiries.reading import (
    InquiryFilters,
    InquiryView,
    answers_of,
    list_inquiries,
    list_inquiries_about,
    messages_of,
    own_inquiry_about,
    posts_to_put_forward,
    read_inquiry,
    state_word,
    steps_of,
)
from app.features.inquiries.refusals import refusals_for
from app.features.media.uploading import FILES, FileDraft, upload_all
from app.features.messages.threads import MAX_FILES, MAX_TEXT, MessageDraft, MessageText
from app.features.posts.drafts import KINDS
from app.features.posts.policy import Act as PostAct
from app.features.posts.reading import FORMER_MEMBER, PostView, read_post
from app.models.inquiries import InquiryState
from app.models.messages import Side
from app.web.page import CurrentPage, Page, PageRouter
from app.web.post_cards import names_of
from app.web.posts import offer_voices

router = PageRouter()
Cursor = Annotated[str | None, Query(max_length=2_000)]
SHOWN = 50  # messages on a page
Step = Literal["talk", "accept", "decline", "close", "withdraw"]

EnclosedFiles = Annotated[
    list[FileDraft],
    Field(max_length=MAX_FILES),
    Asked(
        N_("Dateien"),
        N_("JPEG, PNG, WebP oder PDF. Nur die beiden Seiten dieses Verlaufs sehen sie."),
        widget="files",
        accept=FILES,
    ),
]


class MessageForm(BaseModel):
    """A message, and the files it brings along."""

    model_config = ConfigDict(extra="forbid")

    text: MessageText
    enclosed: EnclosedFiles = []


class StepForm(BaseModel):
    """What is said when an inquiry comes to another state."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str,
        Prose(MAX_TEXT, 0),
        Asked(N_("Nachricht dazu"), N_("Steht danach im Verlauf."), widget="markdown", rows=10),
    ] = ""


@cache
def _ask_form(key: str) -> type[InquiryDraft]:
    """Return the draft for posts of a kind, with the files that a form brings along."""
    draft = inquiry_draft_of(key)
    return create_model(f"{draft.__name__}Form", __base__=draft, enclosed=(EnclosedFiles, []))


async def _asked_about(page: Page, reader: Reader, post_id: UUID) -> PostView:
    """Return a post that the reader may ask about."""
    _ = page.me
    view = await read_post(reader, page.actor, post_id)
    if PostAct.INQUIRE not in view.acts:
        if view.row.is_kept_by_me:
            raise OwnPost
        raise TakesNoInquiries
    return view


async def _offer_choices(page: Page, reader: Reader, form: Form, post: Any) -> None:
    """Offer who may ask, and what of one's own fits; what has one choice is not asked."""
    offer_voices(page, form, await voices_of(reader, page.actor))
    own = await posts_to_put_forward(reader, page.actor, post)
    field = form["offered_post_id"]
    if not own:
        field.widget = "hidden"
    field.options = [Option("", translate(N_("keiner")), selected=not field.value)]
    field.options += [
        Option(str(one.id), one.title, selected=str(one.id) == field.value) for one in own
    ]


def _ask_context(view: PostView) -> dict[str, Any]:
    form = KINDS[view.row.kind].inquiry_form
    assert form is not None  # noqa: S101 - the policy granted it
    return {"post": view.row, "names": names_of(view.row), "how": form}


@router.get("/posts/{post_id}/inquire")
async def ask_for_inquiry(post_id: UUID, page: CurrentPage, reader: Reads) -> Response:
    """Show the form by which one asks about a post; who has asked is led to the thread."""
    view = await _asked_about(page, reader, post_id)
    row = view.row
    how = KINDS[row.kind].inquiry_form
    values = {"fields": {"kind": row.kind}} if how and how.fields else {}
    form = page.blank(_ask_form(row.kind), values)
    await _offer_choices(page, reader, form, row)
    own = await own_inquiry_about(reader, page.actor, post_id)
    return await page.render("inquiries/ask.html", form=form, own=own, **_ask_context(view))


@router.post("/posts/{post_id}/inquire", max_body_size=FILES_FORM_BYTES)
async def ask(post_id: UUID, page: CurrentPage, reader: Reads, tx: Tx, storage: Files) -> Response:
    """Begin the thread."""
    view = await _asked_about(page, reader, post_id)
    key = view.row.kind
    offered = page.blank(_ask_form(key))
    await _offer_choices(page, reader, offered, view.row)

    def prepare(form: Form) -> None:
        for name in ("company_id", "offered_post_id"):
            form[name].widget = offered[name].widget
            form[name].options = offered[name].options

    draft: Any = await page.form(
        _ask_form(key), "inquiries/ask.html", prepare=prepare, own=None, **_ask_context(view)
    )
    media = await upload_all(tx, page.actor, storage, draft.enclosed, field="enclosed")
    values = {name: getattr(draft, name) for name in InquiryDraft.model_fields}
    plain = InquiryDraft(**{**values, "files": [medium.id for medium in media]})
    asked = await ask_about(tx, page.actor, post_id, plain)
    notice = "inquiry.sent" if asked.is_new else "inquiry.exists"
    return page.go(f"/inquiries/{asked.inquiry.id}", notice)


@router.get("/inquiries")
async def inbox(page: CurrentPage, reader: Reads, cursor: Cursor = None) -> Response:
    """Show what was asked and what the reader has asked."""
    _ = page.me
    form, filters = _filters(page)
    found: Part[InquiryView] = Part([])
    if filters:
        found = await list_inquiries(reader, page.actor, filters, Paging(cursor=cursor))
    return await page.render(
        "inquiries/list.html",
        status=200 if filters else 422,
        post=None,
        form=form,
        box=filters.box if filters else None,
        state=filters.state if filters else None,
        inquiries=found.items,
        next=found.next,
        cursor=cursor,
    )


@router.get("/posts/{post_id}/inquiries")
async def about_post(
    post_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None
) -> Response:
    """Show who asked about a post of the reader's."""
    _ = page.me
    form, filters = _filters(page)
    wanted = filters or InquiryFilters()
    post, found = await list_inquiries_about(
        reader, page.actor, post_id, wanted, Paging(cursor=cursor)
    )
    return await page.render(
        "inquiries/list.html",
        status=200 if filters else 422,
        post=post,
        form=form,
        box=None,
        state=wanted.state,
        inquiries=found.items,
        next=found.next,
        cursor=cursor,
    )


def _filters(page: Page) -> tuple[Form, InquiryFilters | None]:
    given = page.asked(InquiryFilters)
    form = page.filters(InquiryFilters, dict(given))
    try:
        return form, read_form(InquiryFilters, given)
    except Invalid as refusal:
        form.refuse(refusal.errors, page.actor.locale)
        return form, None


def _spoken(view: InquiryView, message: Any) -> Names:
    """Return under whose name a message stands: who wrote it, for their side."""
    face = view.faces.of(message.side)
    if message.side == view.side and face.is_alias:
        return Names(translate(N_("Sie (%(alias)s)"), alias=face.name), None, None, None)
    if face.is_alias:
        return Names(face.name, None, None, None)
    company, person = face.company, face.person
    name, slug = person.name if person else face.name, person.slug if person else None
    if message.author_id:
        left = message.author_has_left
        name = translate(FORMER_MEMBER) if left else message.author_name
        slug = None if left else message.author_slug
    picture = company.picture_id if company else message.author_picture_id
    return Names(
        name,
        f"/people/{slug}" if slug else None,
        company.name if company else None,
        f"/companies/{company.slug}" if company else None,
        f"/media/{picture}/256" if picture else None,
    )


def _own_transport(view: InquiryView) -> UUID | None:
    """Return the post of the reader's in an accepted deal whose addresses the other side sees."""
    row, is_keeper = view.row, view.side == Side.KEEPER
    own, kind = (row.post_id, row.kind) if is_keeper else (row.offered_id, row.offered_kind)
    shares = own and row.state == InquiryState.ACCEPTED and KINDS[kind].has_stops
    return own if shares else None


async def _thread(
    page: Page, reader: Reader, inquiry_id: UUID, cursor: str | None = None
) -> dict[str, Any]:
    """Return what the page of an inquiry is drawn from."""
    _ = page.me
    view = await read_inquiry(reader, page.actor, inquiry_id)
    part = await messages_of(reader, view, Paging(SHOWN, cursor))
    answers = answers_of(view)
    steps = [
        (state_word(view.row.kind, step.state), step.side == view.side, step.taken_at)
        for step in await steps_of(reader, view)
    ]
    return {
        "view": view,
        "addresses": await shared_addresses(reader, page.actor, inquiry_id),
        "own_post_id": _own_transport(view),
        "deal": await find_deal(reader, page.actor, inquiry_id),
        "inquiry": view.row,
        "can": view.acts,
        "how": KINDS[view.row.kind].inquiry_form,
        "answers": facts_in(answers) if answers else [],
        "steps": steps,
        "messages": part.items[::-1],
        "spoken": lambda message: _spoken(view, message),
        "next": part.next,
        "cursor": cursor,
    }


@router.get("/inquiries/{inquiry_id}")
async def show(
    inquiry_id: UUID, page: CurrentPage, reader: Reads, cursor: Cursor = None
) -> Response:
    """Show a thread, and a form to write in it."""
    context = await _thread(page, reader, inquiry_id, cursor)
    form = page.blank(MessageForm) if Act.WRITE in context["can"] else None
    return await page.render("inquiries/show.html", form=form, **context)


@router.post("/inquiries/{inquiry_id}/messages", max_body_size=FILES_FORM_BYTES)
async def write(
    inquiry_id: UUID, page: CurrentPage, reader: Reads, tx: Tx, storage: Files
) -> Response:
    """Write to the other side."""
    context = await _thread(page, reader, inquiry_id)
    draft = await page.form(MessageForm, "inquiries/show.html", **context)
    media = await upload_all(tx, page.actor, storage, draft.enclosed, field="enclosed")
    said = MessageDraft(text=draft.text, files=[medium.id for medium in media])
    message = await write_in_inquiry(tx, page.actor, inquiry_id, said)
    return page.go(f"/inquiries/{inquiry_id}", "message.sent", fragment=f"message-{message.id}")


@router.post("/inquiries/{inquiry_id}/read")
async def mark_read(inquiry_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Mark everything in a thread as read."""
    await read_inquiry_now(tx, page.actor, inquiry_id)
    return page.go(f"/inquiries/{inquiry_id}", "message.read")


async def _before(
    page: Page, reader: Reader, inquiry_id: UUID, step: str, template: str = ""
) -> tuple[dict[str, Any], str]:
    """Return what the page before a step is drawn from, and the words to begin with."""
    _ = page.me
    view = await read_inquiry(reader, page.actor, inquiry_id)
    if Act(step) not in view.acts:
        raise InquiryStepNotPossible
    offered = await refusals_for(reader, page.actor) if step == Act.DECLINE else []
    begun = next((one.body for one in offered if one.key == template), "")
    word = state_word(view.row.kind, LEADS_TO[Act(step)])
    return {"view": view, "step": step, "word": word, "templates": offered}, begun


@router.get("/inquiries/{inquiry_id}/{step}")
async def ask_for_step(
    inquiry_id: UUID,
    step: Step,
    page: CurrentPage,
    reader: Reads,
    template: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Ask for a few words before an inquiry comes to another state."""
    context, begun = await _before(page, reader, inquiry_id, step, template)
    form = page.blank(StepForm, {"text": begun}, version=context["view"].row.version)
    return await page.render("inquiries/step.html", form=form, **context)


@router.post("/inquiries/{inquiry_id}/{step}", max_body_size=PROSE_FORM_BYTES)
async def take_step(
    inquiry_id: UUID, step: Step, page: CurrentPage, reader: Reads, tx: Tx
) -> Response:
    """Bring an inquiry to another state."""
    context, _ = await _before(page, reader, inquiry_id, step)
    form = await page.form(StepForm, "inquiries/step.html", **context)
    draft = StateDraft(state=LEADS_TO[Act(step)], text=form.text)
    await move_inquiry(tx, page.actor, inquiry_id, draft, expected=await page.version())
    return page.go(f"/inquiries/{inquiry_id}", "inquiry.moved")
