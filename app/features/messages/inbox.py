"""Reading conversations: the inbox of a person and their companies, and one conversation."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, Text, Uuid, and_, exists, or_, select
from sqlalchemy.orm import aliased

from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import NotFound, SignInRequired
from app.core.i18n import N_
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.messages import policy
from app.features.messages.policy import Act, Standing, shown_state
from app.features.messages.reading import list_messages, unread_in
from app.features.messages.threads import opened_to
from app.features.people.policy import slug_seen
from app.models.companies import Company, CompanyState
from app.models.messages import Block, Conversation, ConversationState, Message, Side, Thread
from app.models.people import Person

LATEST = Order(
    "conversations.latest",
    N_("Gespräche: Wo zuletzt geschrieben wurde, steht oben."),
    Thread.last_message_at,
    Conversation.id,
    descending=True,
)
label(
    {
        ConversationState.REQUESTED: N_("wartet auf Antwort"),
        ConversationState.ACCEPTED: N_("angenommen"),
        ConversationState.REFUSED: N_("nicht angenommen"),
    }
)
_opener, _person, _company = aliased(Person), aliased(Person), aliased(Company)
_block = aliased(Block)


class ConversationFilters(BaseModel):
    """Which conversations somebody wants to see."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[
        ConversationState | None,
        Field(description="By default all but those that you have refused."),
        Asked(N_("Stand"), widget="select"),
    ] = None


@dataclass(frozen=True, slots=True)
class Partner:
    """The other side of a conversation."""

    name: str | None  # None for a person who has left
    id: UUID | None
    slug: str | None
    picture_id: UUID | None
    is_company: bool


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as one of its sides sees it."""

    row: Any
    side: Side
    state: ConversationState
    acts: frozenset[Act]
    other: Partner


def _threads_of(actor: Actor) -> ColumnElement[bool]:
    return exists().where(Conversation.thread_id == Message.thread_id, policy.visible_to(actor))


opened_to("conversations", _threads_of)


def _conversations(actor: Actor) -> Select[Any]:
    side = policy.side_of(actor)
    blocked = exists().where(
        or_(
            and_(
                _block.by_person_id == actor.person_id,
                _block.person_id != actor.person_id,
                _block.person_id.in_([Conversation.opener_id, Conversation.person_id]),
            ),
            and_(
                _block.by_company_id == Conversation.company_id,
                _block.person_id == Conversation.opener_id,
                Conversation.opener_id != actor.person_id,
            ),
        )
    )
    columns: list[Any] = [
        Conversation.id,
        Conversation.thread_id,
        Conversation.state,
        Conversation.created_at,
        Conversation.version,
        Thread.last_message_at,
        side.label("side"),
        unread_in(actor, Conversation.thread_id, side).label("unread"),
        blocked.label("is_blocked"),
    ]
    for name, person in (("opener", _opener), ("person", _person)):
        columns += [
            person.id.label(f"{name}_id"),
            person.name.label(f"{name}_name"),
            slug_seen(person).label(f"{name}_slug"),
            person.picture_id.label(f"{name}_picture_id"),
        ]
    columns += [
        _company.id.label("company_id"),
        _company.name.label("company_name"),
        _company.slug.label("company_slug"),
        _company.logo_id.label("company_logo_id"),
    ]
    return (
        select(*columns)
        .join(Thread, Thread.id == Conversation.thread_id)
        .join(_opener, _opener.id == Conversation.opener_id)
        .outerjoin(_person, _person.id == Conversation.person_id)
        .outerjoin(_company, _company.id == Conversation.company_id)
        .where(policy.visible_to(actor))
    )


@prepared
def _inbox(actor: Actor, state: ConversationState | None, *, after: bool) -> Select[Any]:
    query = _conversations(actor)
    refused = Conversation.state == ConversationState.REFUSED
    mine = policy.opened_by(actor)
    if state is None:
        query = query.where(or_(~refused, mine))
    elif state == ConversationState.REQUESTED:  # who was refused sees it waiting
        query = query.where(or_(Conversation.state == state, and_(refused, mine)))
    else:
        query = query.where(Conversation.state == state, or_(~refused, ~mine))
    return LATEST.page(query, after=after)


@prepared
def _one(actor: Actor) -> Select[Any]:
    wanted = bound("id", Uuid())
    return _conversations(actor).where(Conversation.id == wanted)


@prepared
def _addressee(*, company: bool) -> Select[Any]:
    slug = bound("slug", Text())
    if company:
        named: list[Any] = [Company.id, Company.name, Company.slug]
        return select(*named).where(Company.slug == slug, Company.state == CompanyState.ACTIVE)
    columns: list[Any] = [Person.id, Person.name, Person.slug]
    return select(*columns).where(Person.slug == slug, Person.left_at.is_(None))


@prepared
def _with(actor: Actor, *, company: bool) -> Select[Any]:
    other: Any = bound("other", Uuid())
    pair = or_(
        and_(Conversation.opener_id == actor.person_id, Conversation.person_id == other),
        and_(Conversation.opener_id == other, Conversation.person_id == actor.person_id),
    )
    with_company = and_(Conversation.opener_id == actor.person_id, Conversation.company_id == other)
    return select(Conversation.id.label("id")).where(with_company if company else pair)


def _seen(actor: Actor, row: Any) -> ConversationView:
    side, state = Side(row.side), ConversationState(row.state)
    here = Standing(side, state, row.company_id is not None)
    return ConversationView(
        row, side, shown_state(side, state), policy.acts(actor, here), _partner(row, side)
    )


def _partner(row: Any, side: Side) -> Partner:
    if side == Side.OPENER and row.company_id:
        return Partner(
            row.company_name,
            row.company_id,
            row.company_slug,
            row.company_logo_id,
            is_company=True,
        )
    name = "person" if side == Side.OPENER else "opener"
    slug = getattr(row, f"{name}_slug")
    if slug is None:
        return Partner(None, None, None, None, is_company=False)
    return Partner(
        getattr(row, f"{name}_name"),
        getattr(row, f"{name}_id"),
        slug,
        getattr(row, f"{name}_picture_id"),
        is_company=False,
    )


async def list_conversations(
    reader: Reader, actor: Actor, filters: ConversationFilters, paging: Paging
) -> Page[ConversationView]:
    """Return the conversations of ``actor`` and of the companies it speaks for, latest first."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _inbox(actor.shape, filters.state, after=paging.cursor is not None)
    page = await LATEST.fetch(reader, read, paging, {"me": actor.person_id})
    return page.map(lambda row: _seen(actor, row))


async def read_conversation(
    reader: Reader, actor: Actor, conversation_id: UUID
) -> ConversationView:
    """Return a conversation to one of its sides; nobody else finds it."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = await reader.first(_one(actor.shape), {"me": actor.person_id, "id": conversation_id})
    if row is None:
        raise NotFound
    return _seen(actor, row)


async def messages_in(reader: Reader, view: ConversationView, paging: Paging) -> Page[Any]:
    """Return the messages of a conversation that was read, latest first."""
    return await list_messages(reader, view.row.thread_id, paging)


async def find_addressee(reader: Reader, slug: str, *, company: bool) -> Any:
    """Return who is to be written to, by slug."""
    row = await reader.first(_addressee(company=company), {"slug": slug})
    if row is None:
        raise NotFound
    return row


async def conversation_with(
    reader: Reader, actor: Actor, other: UUID, *, company: bool
) -> UUID | None:
    """Return the conversation that there is with somebody already."""
    given = {"me": actor.person_id, "other": other}
    row = await reader.first(_with(actor.shape, company=company), given)
    return row.id if row else None
