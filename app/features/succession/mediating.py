"""Mediators: organisations that look at requests about concealed posts before their keepers do.

A mediator sees what somebody who is interested says of themselves, and no more: neither who that
is, nor who is behind the post, nor what the two write to each other.
"""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, Uuid, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, NotFound, SignInRequired
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.text import Prose
from app.features.companies.policy import speaks_for
from app.features.inquiries.policy import UNDECIDED
from app.features.posts.access import post_for
from app.features.posts.policy import Act
from app.models.companies import Company, CompanyState
from app.models.inquiries import Inquiry
from app.models.messages import Message, Side
from app.models.posts import Post
from app.models.succession import Mediation, MediationCheck

LATEST = Order(
    "mediations.latest",
    N_("Anfragen zur Vermittlung: Die jüngste steht oben."),
    Inquiry.opened_at,
    Inquiry.id,
    descending=True,
)


class RequestChecked(Event):
    """A mediator has looked at a request."""

    name: ClassVar[str] = "mediation.checked"
    inquiry_id: UUID


class NotAMediator(Conflict):
    code: ClassVar[str] = "not_a_mediator"
    text: ClassVar[str] = N_("Diese Organisation vermittelt keine Nachfolgen.")


class NotUnderReference(Conflict):
    code: ClassVar[str] = "not_under_reference"
    text: ClassVar[str] = N_("Vermittelt werden nur Beiträge unter Chiffre.")


class MediatorDraft(BaseModel):
    """Who is to mediate; nobody, if it is left out."""

    model_config = ConfigDict(extra="forbid")

    company_id: Annotated[
        UUID | None,
        Field(description="A company that mediates; null for no mediation."),
        Asked(N_("Vermittlung durch"), widget="radios"),
    ] = None


class CheckDraft(BaseModel):
    """What a mediator thinks of a request."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[
        str,
        Prose(2_000, 0),
        Field(description="Read by whoever keeps the post, and by nobody else."),
        Asked(
            N_("Einschätzung"),
            hint=N_("Liest nur, wer hinter der Chiffre steht."),
            widget="textarea",
        ),
    ] = ""


async def choose_mediator(
    session: Session, actor: Actor, post_id: UUID, draft: MediatorDraft
) -> Post:
    """Say who mediates a concealed post that the actor keeps, or that nobody does."""
    post = await post_for(session, actor, post_id, Act.EDIT, lock=True)
    if not post.is_concealed:
        raise NotUnderReference
    if draft.company_id is None:
        await session.execute(delete(Mediation).where(Mediation.post_id == post_id))
        return post
    found = await session.scalar(
        select(Company).where(Company.id == draft.company_id, Company.state == CompanyState.ACTIVE)
    )
    if found is None:
        raise NotFound
    if not found.mediates_successions:
        raise NotAMediator
    chosen = insert(Mediation).values(id=new_id(), post_id=post_id, company_id=found.id)
    await session.execute(
        chosen.on_conflict_do_update(
            index_elements=["post_id"], set_={"company_id": chosen.excluded.company_id}
        )
    )
    return post


@prepared
def _mediator() -> Select[Any]:
    columns: list[Any] = [Company.id, Company.name, Company.slug]
    return (
        select(*columns)
        .join(Mediation, Mediation.company_id == Company.id)
        .where(Mediation.post_id == bound("post_id", Uuid()))
    )


async def mediator_of(reader: Reader, post_id: UUID) -> Any | None:
    """Return id, name and slug of who mediates a post that the caller may show."""
    return await reader.first(_mediator(), {"post_id": post_id})


def _mediated_by(actor: Actor) -> Any:
    return exists().where(
        Mediation.post_id == Inquiry.post_id, speaks_for(actor, Mediation.company_id)
    )


def _requests(actor: Actor) -> Select[Any]:
    first = (
        select(Message.body_html)
        .where(Message.thread_id == Inquiry.thread_id, Message.side == Side.OPENER)
        .order_by(Message.sent_at, Message.id)
        .limit(1)
        .correlate(Inquiry)
        .scalar_subquery()
    )
    columns: list[Any] = [
        Inquiry.id,
        Inquiry.number,
        Inquiry.post_id,
        Inquiry.state,
        Inquiry.fields,
        Inquiry.opened_at,
        Post.kind,
        Post.title,
        Post.reference,
        first.label("text_html"),
        MediationCheck.checked_at,
        MediationCheck.note,
    ]
    return (
        select(*columns)
        .join(Post, Post.id == Inquiry.post_id)
        .outerjoin(MediationCheck, MediationCheck.inquiry_id == Inquiry.id)
        .where(Inquiry.is_concealed, _mediated_by(actor))
    )


@prepared
def _list(actor: Actor, *, after: bool) -> Select[Any]:
    return LATEST.page(_requests(actor), after=after)


@prepared
def _one(actor: Actor) -> Select[Any]:
    key = bound("inquiry_id", Uuid())
    return _requests(actor).where(Inquiry.id == key)


async def list_requests(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the requests that companies of the actor mediate, latest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _list(actor.shape, after=paging.cursor is not None)
    return await LATEST.fetch(reader, read, paging, {"me": actor.person_id})


async def read_request(reader: Reader, actor: Actor, inquiry_id: UUID) -> Any:
    """Return a request to who mediates it; nobody else finds it here."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {"me": actor.person_id, "inquiry_id": inquiry_id}
    row = await reader.first(_one(actor.shape), given)
    if row is None:
        raise NotFound
    return row


class AlreadyDecided(Conflict):
    code: ClassVar[str] = "request_already_decided"
    text: ClassVar[str] = N_("Über diese Anfrage ist schon entschieden.")


async def check_request(
    session: Session, actor: Actor, inquiry_id: UUID, draft: CheckDraft
) -> None:
    """Note that a request has been looked at, and what the mediator thinks; once, while it is open.

    A second time changes the note only.
    """
    if actor.person_id is None:
        raise SignInRequired
    row = (
        await session.execute(
            select(Inquiry, Mediation.company_id)
            .join(Mediation, Mediation.post_id == Inquiry.post_id)
            .where(
                Inquiry.id == inquiry_id,
                Inquiry.is_concealed,
                speaks_for(actor, Mediation.company_id),
            )
            .with_for_update(of=Inquiry)
        )
    ).first()
    if row is None:
        raise NotFound
    if row.Inquiry.state not in UNDECIDED:
        raise AlreadyDecided
    check = insert(MediationCheck).values(
        id=new_id(),
        inquiry_id=inquiry_id,
        company_id=row.company_id,
        person_id=actor.person_id,
        note=draft.note,
        checked_at=clock.now(),
    )
    await session.execute(
        check.on_conflict_do_update(
            index_elements=["inquiry_id"], set_={"note": check.excluded.note}
        )
    )
    emit(session, RequestChecked(inquiry_id=inquiry_id))
