"""Going on with an inquiry: writing, reading, and bringing it to another state."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import case, literal, null, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, FieldError, Invalid, NotFound, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_
from app.features.inquiries import policy
from app.features.inquiries.drafts import StateDraft
from app.features.inquiries.policy import ACT_FOR, Act, Standing
from app.features.messages.threads import (
    MessageDraft,
    delete_files,
    mark_thread_read,
    write_message,
)
from app.features.posts import policy as posts_policy
from app.features.posts.drafts import KINDS
from app.features.posts.loads import take_offered
from app.models.inquiries import Inquiry, InquiryState, InquiryStep
from app.models.messages import Message, Side
from app.models.posts import Post


class InquiryMoved(Event):
    """An inquiry has come to another state; ``side`` says who brought it there."""

    name: ClassVar[str] = "inquiry.moved"
    inquiry_id: UUID
    state: InquiryState
    side: Side


class InquiryAccepted(Event):
    name: ClassVar[str] = "inquiry.accepted"
    inquiry_id: UUID
    post_id: UUID


class InquiryStepNotPossible(Conflict):
    code: ClassVar[str] = "inquiry_step_not_possible"
    text: ClassVar[str] = N_("Im jetzigen Stand der Anfrage geht das nicht.")


@dataclass(frozen=True, slots=True)
class Opened:
    """An inquiry and its post, with the actor's side, and what they may do."""

    inquiry: Inquiry
    post: Post
    side: Side
    acts: frozenset[Act]


def side_of(actor: Actor) -> Any:
    """Return, in a query that joins ``Post``, on which side ``actor`` stands.

    Who asked stays on that side, even if they come to keep the post as well.
    """
    if not actor.is_signed_in:
        return null()
    return case(
        (policy.opened_by(actor), literal(Side.OPENER, Message.side.type)),
        (posts_policy.kept_by(actor), literal(Side.KEEPER, Message.side.type)),
        else_=null(),
    )


async def open_inquiry(session: Session, actor: Actor, inquiry_id: UUID) -> Opened:
    """Load an inquiry for one of its sides, locked until commit, or refuse it as unknown."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = (
        await session.execute(
            select(Inquiry, Post, side_of(actor).label("side"))
            .join(Post, Post.id == Inquiry.post_id)
            .where(Inquiry.id == inquiry_id, policy.visible_to(actor))
            .with_for_update(of=Inquiry)
            .execution_options(populate_existing=True)
        )
    ).first()
    if row is None:
        raise NotFound
    form = KINDS[row.Post.kind].inquiry_form
    states = form.states if form else frozenset(InquiryState)
    side = Side(row.side)
    here = Standing(side, row.Inquiry.state, states)
    return Opened(row.Inquiry, row.Post, side, policy.acts(actor, here))


async def write_in_inquiry(
    session: Session, actor: Actor, inquiry_id: UUID, draft: MessageDraft
) -> Message:
    """Write to the other side. The first answer of who keeps the post begins the talks."""
    opened = await open_inquiry(session, actor, inquiry_id)
    if Act.WRITE not in opened.acts:
        raise InquiryStepNotPossible
    _check_files(opened, draft)
    message = await _say(session, actor, opened, draft)
    if Act.TALK in opened.acts:
        _move(session, opened, InquiryState.IN_TALKS)
        await session.flush()
    return message


async def read_inquiry_now(session: Session, actor: Actor, inquiry_id: UUID) -> Inquiry:
    """Note that the actor has read everything; of a new inquiry its sender learns that."""
    opened = await open_inquiry(session, actor, inquiry_id)
    await mark_thread_read(session, actor, opened.inquiry.thread_id)
    is_new = opened.inquiry.state == InquiryState.SENT
    if opened.side == Side.KEEPER and is_new:
        _move(session, opened, InquiryState.SEEN)
    await session.flush()
    return opened.inquiry


async def move_inquiry(
    session: Session,
    actor: Actor,
    inquiry_id: UUID,
    draft: StateDraft,
    *,
    expected: int | None = None,
) -> Inquiry:
    """Bring an inquiry to a state, and say something about it. Twice changes nothing.

    Whoever withdraws takes files and answers back: they are deleted at once. Refuses what is not
    for this side, and what does not follow from the present state. To accept a load for a lorry,
    or a lorry for a load, takes its part of the lorry.
    """
    opened = await open_inquiry(session, actor, inquiry_id)
    inquiry = opened.inquiry
    if inquiry.state == draft.state:
        return inquiry
    if expected is not None and expected != inquiry.version:
        raise Stale
    if ACT_FOR.get(draft.state) not in opened.acts:
        raise InquiryStepNotPossible
    if draft.text and Act.WRITE in opened.acts:
        await _say(session, actor, opened, MessageDraft(text=draft.text))
    _move(session, opened, draft.state)
    if draft.state == InquiryState.WITHDRAWN:
        await forget_files(session, [inquiry])
    if draft.state == InquiryState.ACCEPTED:
        await take_offered(session, opened.post, inquiry.offered_post_id)
        emit(session, InquiryAccepted(inquiry_id=inquiry.id, post_id=inquiry.post_id))
    await session.flush()
    return inquiry


async def forget_files(session: Session, inquiries: list[Inquiry]) -> None:
    """Delete the files of inquiries, and what was answered to the questions of their kinds."""
    await delete_files(session, [inquiry.thread_id for inquiry in inquiries])
    for inquiry in inquiries:
        inquiry.fields, inquiry.files_deleted_at = {}, clock.now()
    await session.flush()


def _check_files(opened: Opened, draft: MessageDraft) -> None:
    form = KINDS[opened.post.kind].inquiry_form
    if draft.files and not (form and form.takes_files):
        raise Invalid(
            FieldError(("files",), "no_files", N_("Hier werden keine Dateien angenommen."))
        )


async def _say(session: Session, actor: Actor, opened: Opened, draft: MessageDraft) -> Message:
    inquiry = opened.inquiry
    return await write_message(
        session, actor, inquiry.thread_id, opened.side, draft, nameless=inquiry.is_concealed
    )


def _move(session: Session, opened: Opened, state: InquiryState) -> None:
    now = clock.now()
    opened.inquiry.state = state
    opened.inquiry.ended_at = now if state in policy.ENDED else None
    session.add(
        InquiryStep(inquiry_id=opened.inquiry.id, state=state, side=opened.side, taken_at=now)
    )
    emit(session, InquiryMoved(inquiry_id=opened.inquiry.id, state=state, side=opened.side))
