"""Reading inquiries: the inbox of a person and their companies, and one thread."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, Uuid, exists, func, select
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.asking import Asked, label_of
from app.core.errors import NotFound, SignInRequired
from app.core.i18n import N_, translate
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.inquiries import policy
from app.features.inquiries.answering import side_of
from app.features.inquiries.faces import Faces, faces_of, with_faces
from app.features.inquiries.policy import Act, Standing
from app.features.messages.reading import list_messages, unread_in
from app.features.messages.threads import opened_to
from app.features.posts import policy as posts_policy
from app.features.posts.drafts import KINDS
from app.features.posts.inquiry_forms import USUAL, InquiryFields
from app.models.inquiries import Inquiry, InquiryState, InquiryStep
from app.models.messages import Message, Side, Thread
from app.models.posts import Post

LATEST = Order(
    "inquiries.latest",
    N_("Anfragen: Wo zuletzt geschrieben wurde, steht oben."),
    Thread.last_message_at,
    Inquiry.id,
    descending=True,
)
_offered = aliased(Post)


class InquiryFilters(BaseModel):
    """Which inquiries somebody wants to see."""

    model_config = ConfigDict(extra="forbid")

    box: Annotated[
        Literal["received", "sent"] | None,
        Field(description="Those about your posts, or those that you made; both by default."),
        Asked(N_("Richtung"), widget="hidden"),
    ] = None
    state: Annotated[
        InquiryState | None,
        Field(description="All states by default."),
        Asked(N_("Stand"), widget="select"),
    ] = None


@dataclass(frozen=True, slots=True)
class InquiryView:
    """An inquiry as one of its sides sees it."""

    row: Any
    side: Side
    faces: Faces
    acts: frozenset[Act]
    state: str  # what the kind calls it, in the reader's language

    @property
    def other(self) -> Any:
        """The face of the other side."""
        return self.faces.keeper if self.side == Side.OPENER else self.faces.opener


def _threads_of(actor: Actor) -> ColumnElement[bool]:
    return exists().where(
        Inquiry.thread_id == Message.thread_id,
        Post.id == Inquiry.post_id,
        policy.visible_to(actor),
    )


opened_to("inquiries", _threads_of)


def _inquiries(actor: Actor) -> Select[Any]:
    side = side_of(actor)
    columns: list[Any] = [
        Inquiry.id,
        Inquiry.post_id,
        Inquiry.thread_id,
        Inquiry.state,
        Inquiry.fields,
        Inquiry.names_opener,
        Inquiry.opened_at,
        Inquiry.ended_at,
        Inquiry.files_deleted_at,
        Inquiry.version,
        Thread.last_message_at,
        Post.kind,
        Post.title,
        posts_policy.current().label("post_is_current"),
        _offered.id.label("offered_id"),
        _offered.title.label("offered_title"),
        _offered.kind.label("offered_kind"),
        side.label("side"),
        unread_in(actor, Inquiry.thread_id, side).label("unread"),
    ]
    query = (
        select(*columns)
        .join(Post, Post.id == Inquiry.post_id)
        .join(Thread, Thread.id == Inquiry.thread_id)
        .outerjoin(_offered, _offered.id == Inquiry.offered_post_id)
    )
    return with_faces(query, actor).where(policy.visible_to(actor))


@prepared
def _box(
    actor: Actor, box: str | None, *, one_state: bool, one_post: bool, after: bool
) -> Select[Any]:
    query = _inquiries(actor)
    if box == "received":
        query = query.where(policy.received_by(actor))
    elif box == "sent":
        query = query.where(policy.opened_by(actor))
    if one_state:
        state = bound("state", Inquiry.state.type)
        query = query.where(Inquiry.state == state)
    if one_post:
        query = query.where(Inquiry.post_id == bound("post_id", Uuid()))
    return LATEST.page(query, after=after)


@prepared
def _one(actor: Actor) -> Select[Any]:
    return _inquiries(actor).where(Inquiry.id == bound("id", Uuid()))


@prepared
def _steps() -> Select[Any]:
    columns: list[Any] = [InquiryStep.state, InquiryStep.side, InquiryStep.taken_at]
    return (
        select(*columns)
        .where(InquiryStep.inquiry_id == bound("id", Uuid()))
        .order_by(InquiryStep.taken_at, InquiryStep.id)
        .limit(100)
    )


@prepared
def _kept_post(actor: Actor) -> Select[Any]:
    columns: list[Any] = [Post.id, Post.title, Post.kind, Post.reference]
    return select(*columns).where(Post.id == bound("post_id", Uuid()), posts_policy.kept_by(actor))


@prepared
def _mine(actor: Actor) -> Select[Any]:
    columns: list[Any] = [Inquiry.id, Inquiry.state]
    return (
        select(*columns)
        .where(
            Inquiry.post_id == bound("post_id", Uuid()),
            policy.opened_by(actor),
        )
        .order_by(Inquiry.opened_at.desc())
        .limit(1)
    )


@prepared
def _to_put_forward(actor: Actor, kinds: tuple[str, ...], *, concealed_only: bool) -> Select[Any]:
    columns: list[Any] = [Post.id, Post.title, Post.reference]
    query = select(*columns).where(
        Post.kind.in_(kinds), posts_policy.current(), posts_policy.kept_by(actor)
    )
    if concealed_only:
        query = query.where(Post.is_concealed)
    return query.order_by(Post.published_at.desc(), Post.id).limit(50)


@prepared
def _counted(actor: Actor) -> Select[Any]:
    return (
        select(func.count().label("count"))
        .select_from(Inquiry)
        .join(Post, Post.id == Inquiry.post_id)
        .where(
            Inquiry.post_id == bound("post_id", Uuid()),
            posts_policy.kept_by(actor),
        )
    )


def state_word(kind: str, state: InquiryState, side: Side = Side.OPENER) -> str:
    """Return what a kind calls a state, in the reader's language; what came in is new."""
    if state == InquiryState.SENT and side == Side.KEEPER:
        return translate(N_("neu"))
    form = KINDS[kind].inquiry_form or USUAL
    return translate(form.words.get(state) or label_of(state))


def _seen(actor: Actor, row: Any) -> InquiryView:
    form = KINDS[row.kind].inquiry_form or USUAL
    side, state = Side(row.side), InquiryState(row.state)
    granted = policy.acts(actor, Standing(side, state, form.states))
    return InquiryView(row, side, faces_of(row), granted, state_word(row.kind, state, side))


async def list_inquiries(
    reader: Reader,
    actor: Actor,
    filters: InquiryFilters,
    paging: Paging,
    *,
    post_id: UUID | None = None,
) -> Page[InquiryView]:
    """Return the inquiries of ``actor`` and of the companies it speaks for, latest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _box(
        actor.shape,
        filters.box,
        one_state=filters.state is not None,
        one_post=post_id is not None,
        after=paging.cursor is not None,
    )
    given = {"me": actor.person_id, "state": filters.state, "post_id": post_id}
    page = await LATEST.fetch(reader, read, paging, given)
    return page.map(lambda row: _seen(actor, row))


async def list_inquiries_about(
    reader: Reader, actor: Actor, post_id: UUID, filters: InquiryFilters, paging: Paging
) -> tuple[Any, Page[InquiryView]]:
    """Return a post that ``actor`` keeps, and the inquiries about it; others find nothing here."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {"me": actor.person_id, "post_id": post_id}
    post = await reader.first(_kept_post(actor.shape), given)
    if post is None:
        raise NotFound
    return post, await list_inquiries(reader, actor, filters, paging, post_id=post_id)


async def read_inquiry(reader: Reader, actor: Actor, inquiry_id: UUID) -> InquiryView:
    """Return an inquiry to one of its sides; nobody else finds it."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = await reader.first(_one(actor.shape), {"me": actor.person_id, "id": inquiry_id})
    if row is None:
        raise NotFound
    return _seen(actor, row)


async def steps_of(reader: Reader, view: InquiryView) -> list[Any]:
    """Return when an inquiry came to each of its states, and by which side, oldest first."""
    return await reader.all(_steps(), {"id": view.row.id})


async def messages_of(reader: Reader, view: InquiryView, paging: Paging) -> Page[Any]:
    """Return the messages of an inquiry that was read, latest first."""
    return await list_messages(reader, view.row.thread_id, paging)


async def own_inquiry_about(reader: Reader, actor: Actor, post_id: UUID) -> Any | None:
    """Return id and state of the latest inquiry that ``actor`` made about a post, if any."""
    if not actor.is_signed_in:
        return None
    return await reader.first(_mine(actor.shape), {"me": actor.person_id, "post_id": post_id})


async def count_inquiries(reader: Reader, actor: Actor, post_id: UUID) -> int:
    """Return how many inquiries there are about a post that ``actor`` keeps."""
    if not actor.is_signed_in:
        return 0
    given = {"me": actor.person_id, "post_id": post_id}
    row = await reader.first(_counted(actor.shape), given)
    return row.count if row else 0


async def posts_to_put_forward(reader: Reader, actor: Actor, post: Any) -> list[Any]:
    """Return the actor's own posts that fit an inquiry about ``post``, the newest first.

    Where who asks is not named only concealed ones: another would say who it is.
    """
    form = KINDS[post.kind].inquiry_form
    if form is None or not form.offers:
        return []
    read = _to_put_forward(
        actor.shape, form.offers, concealed_only=post.is_concealed and not form.names_asker
    )
    return await reader.all(read, {"me": actor.person_id})


def answers_of(view: InquiryView) -> InquiryFields | None:
    """Return what was answered to the questions of the kind, unless that is deleted."""
    form = KINDS[view.row.kind].inquiry_form
    if form is None or form.fields is None or not view.row.fields:
        return None
    return form.fields.model_validate({"kind": view.row.kind, **view.row.fields})
