"""Asking about a post."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, FieldError, Forbidden, Invalid, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.limits import limiter
from app.features.companies.speaking import require_voice
from app.features.inquiries.drafts import InquiryDraft
from app.features.inquiries.policy import UNDECIDED
from app.features.messages.blocking import refuse_if_blocked
from app.features.messages.threads import MessageDraft, open_thread, write_message
from app.features.posts import policy as posts_policy
from app.features.posts.access import open_post
from app.features.posts.drafts import KINDS
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.policy import Act
from app.models.companies import Company
from app.models.inquiries import Inquiry, InquiryState, InquiryStep
from app.models.messages import Side
from app.models.posts import Post


class InquirySent(Event):
    name: ClassVar[str] = "inquiry.sent"
    inquiry_id: UUID


class OwnPost(Forbidden):
    code: ClassVar[str] = "own_post"
    text: ClassVar[str] = N_("Das ist Ihr eigener Beitrag.")


class TakesNoInquiries(Conflict):
    code: ClassVar[str] = "takes_no_inquiries"
    text: ClassVar[str] = N_("Zu diesem Beitrag antworten Sie bitte öffentlich, unter ihm.")


@dataclass(frozen=True, slots=True)
class Asked:
    """An inquiry, and whether it was begun just now."""

    inquiry: Inquiry
    is_new: bool


async def ask_about(session: Session, actor: Actor, post_id: UUID, draft: InquiryDraft) -> Asked:
    """Begin a private thread about a post, in one's own name or for a company.

    As long as nothing is decided there is one for each person or company: asking again leads to
    the first, and changes nothing. Refuses one's own posts, posts that are over, those that are
    answered in public, and what the kind of the post does not take. The post stays locked until
    commit, so that two clicks arriving together begin one thread.
    """
    opened = await open_post(session, actor, post_id, lock=True)
    if actor.person_id is None:
        raise SignInRequired
    post = opened.post
    form = KINDS[post.kind].inquiry_form
    if opened.here.is_kept_by_me:
        raise OwnPost
    if form is None:
        raise TakesNoInquiries
    if Act.INQUIRE not in opened.acts:
        raise Forbidden
    company = await require_voice(session, actor, draft.company_id) if draft.company_id else None
    if not post.is_concealed:  # else a refusal would tell who is behind it
        await refuse_if_blocked(session, actor, post.author_id, post.company_id)
    if first := await _undecided(session, post, actor.person_id, company):
        return Asked(first, is_new=False)
    await limiter().hit("inquiry", str(actor.person_id))
    await _check(session, actor, post, form, draft)
    inquiry = await _opened(session, actor.person_id, post, company, draft)
    said = MessageDraft(text=draft.text, files=draft.files)
    await write_message(
        session, actor, inquiry.thread_id, Side.OPENER, said, nameless=inquiry.is_concealed
    )
    emit(session, InquirySent(inquiry_id=inquiry.id))
    return Asked(inquiry, is_new=True)


async def _undecided(
    session: Session, post: Post, person_id: UUID, company: Company | None
) -> Inquiry | None:
    by_company = Inquiry.company_id == company.id if company else None
    own = (Inquiry.person_id == person_id) & Inquiry.company_id.is_(None)
    found: Inquiry | None = await session.scalar(
        select(Inquiry).where(
            Inquiry.post_id == post.id,
            own if by_company is None else by_company,
            Inquiry.state.in_(UNDECIDED),
        )
    )
    return found


async def _check(
    session: Session, actor: Actor, post: Post, form: InquiryForm, draft: InquiryDraft
) -> None:
    """Refuse answers to questions that are not asked, missing ones, files and foreign posts."""
    if draft.fields is not None and (
        form.fields is None
        or not isinstance(draft.fields, form.fields)
        or draft.fields.kind != post.kind
    ):
        text = N_("Diese Angaben gehören zu einer anderen Art von Beitrag.")
        raise Invalid(FieldError(("fields",), "wrong_kind", text))
    if draft.files and not form.takes_files:
        raise Invalid(
            FieldError(("files",), "no_files", N_("Hier werden keine Dateien angenommen."))
        )
    if draft.offered_post_id:
        offered = await session.scalar(
            select(Post.id).where(
                Post.id == draft.offered_post_id,
                Post.kind.in_(form.offers),
                posts_policy.kept_by(actor),
                posts_policy.current(),
                # Under aliases, a post that names its author would say who asks.
                Post.is_concealed if _both_concealed(post, form) else Post.id.is_not(None),
            )
        )
        if offered is None:
            text = N_("Bitte wählen Sie einen Ihrer Beiträge, der noch gilt.")
            raise Invalid(FieldError(("offered_post_id",), "unknown_post", text))


def _both_concealed(post: Post, form: InquiryForm) -> bool:
    return post.is_concealed and not form.names_asker


async def _opened(
    session: Session, person_id: UUID, post: Post, company: Company | None, draft: InquiryDraft
) -> Inquiry:
    """Write the rows of an inquiry; the lock on its post keeps the numbers in a row."""
    last = await session.scalar(
        select(func.coalesce(func.max(Inquiry.number), 0)).where(Inquiry.post_id == post.id)
    )
    thread = await open_thread(session)
    form = KINDS[post.kind].inquiry_form
    now = clock.now()
    inquiry = Inquiry(
        post_id=post.id,
        thread_id=thread.id,
        number=(last or 0) + 1,
        person_id=person_id,
        company_id=company.id if company else None,
        offered_post_id=draft.offered_post_id,
        fields=_answers(form, post.kind, draft),
        is_concealed=post.is_concealed,
        names_opener=bool(form and form.names_asker),
        opened_at=now,
    )
    session.add(inquiry)
    await session.flush()
    session.add(
        InquiryStep(inquiry_id=inquiry.id, state=InquiryState.SENT, side=Side.OPENER, taken_at=now)
    )
    return inquiry


def _answers(form: InquiryForm | None, kind: str, draft: InquiryDraft) -> dict[str, Any]:
    """Return what was answered to the questions of a kind; refuse to leave out what it needs."""
    if form is None or form.fields is None:
        return {}
    try:
        given = draft.fields or form.fields.model_validate({"kind": kind})
    except ValidationError as error:
        text = N_("Bitte füllen Sie dieses Feld aus.")
        paths = (("fields", *part["loc"]) for part in error.errors())
        raise Invalid(*(FieldError(path, "missing", text) for path in paths)) from None
    return given.model_dump(mode="json", exclude={"kind"})
