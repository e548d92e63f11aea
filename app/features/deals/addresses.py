"""Where exactly a transport is loaded and unloaded: for its keeper, and for their partner.

The one place that reads these addresses. They are no part of a post, so no list, feed, revision,
match, mail or search holds one. Besides who keeps the post, both sides of an inquiry see them
while it is accepted: an inquiry about the post, or one in which it was put forward.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select, Uuid, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, NotFound, SignInRequired
from app.core.events import every
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.core.text import Line
from app.features.inquiries import policy as inquiries_policy
from app.features.posts import policy as posts_policy
from app.features.posts.access import open_post
from app.features.posts.drafts import KINDS
from app.models.deals import StopAddresses
from app.models.inquiries import Inquiry, InquiryState
from app.models.posts import Post

KEPT_DAYS: Final = 90  # after the post has ended
_LOADING, _UNLOADING = N_("Laden"), N_("Entladen")
_SITE, _STREET = N_("Firma oder Werk"), N_("Straße und Hausnummer")
_CONTACT, _PHONE = N_("Ansprechperson"), N_("Telefon")
_GATE = N_("Auch Tor, Rampe oder Anmeldung")
_Phone = Annotated[str, Field(max_length=40, pattern=r"^[0-9+()/ -]*$")]


class NoStops(Conflict):
    code: ClassVar[str] = "no_stops"
    text: ClassVar[str] = N_("Zu diesem Beitrag gehören keine Ladeadressen.")


class AddressesDraft(BaseModel):
    """Where exactly it is loaded and unloaded; everything may stay empty."""

    model_config = ConfigDict(extra="forbid")

    loading_site: Annotated[str, Line(120, 0), Asked(_SITE, _GATE, group=_LOADING)] = ""
    loading_street: Annotated[str, Line(120, 0), Asked(_STREET, group=_LOADING)] = ""
    loading_contact: Annotated[str, Line(80, 0), Asked(_CONTACT, group=_LOADING)] = ""
    loading_phone: Annotated[_Phone, Asked(_PHONE, widget="tel", group=_LOADING)] = ""
    unloading_site: Annotated[str, Line(120, 0), Asked(_SITE, _GATE, group=_UNLOADING)] = ""
    unloading_street: Annotated[str, Line(120, 0), Asked(_STREET, group=_UNLOADING)] = ""
    unloading_contact: Annotated[str, Line(80, 0), Asked(_CONTACT, group=_UNLOADING)] = ""
    unloading_phone: Annotated[_Phone, Asked(_PHONE, widget="tel", group=_UNLOADING)] = ""


FIELDS: Final = tuple(AddressesDraft.model_fields)


async def keep_addresses(
    session: Session, actor: Actor, post_id: UUID, draft: AddressesDraft
) -> None:
    """Keep the addresses of a transport, whatever state its post is in; empty ones are deleted.

    Only who keeps the post may; others find nothing here. Refuses posts that go nowhere.
    """
    opened = await open_post(session, actor, post_id, lock=True)
    if not actor.is_signed_in:
        raise SignInRequired
    if not opened.here.is_kept_by_me:
        raise NotFound
    if not KINDS[opened.post.kind].has_stops:
        raise NoStops
    given = draft.model_dump()
    if not any(given.values()):
        await session.execute(delete(StopAddresses).where(StopAddresses.post_id == post_id))
        return
    await session.execute(
        insert(StopAddresses)
        .values(post_id=post_id, **given)
        .on_conflict_do_update(index_elements=["post_id"], set_=given)
    )


def _columns() -> list[Any]:
    return [getattr(StopAddresses, name) for name in FIELDS]


@prepared
def _own(actor: Actor) -> Select[Any]:
    columns: list[Any] = [Post.id.label("post_id"), Post.kind, Post.title, *_columns()]
    return (
        select(*columns)
        .outerjoin(StopAddresses, StopAddresses.post_id == Post.id)
        .where(
            Post.id == bound("post_id", Uuid()),
            posts_policy.kept_by(actor),
            posts_policy.stands_open_to(actor),
        )
    )


async def own_addresses(reader: Reader, actor: Actor, post_id: UUID) -> Any:
    """Return a post that ``actor`` keeps, with its addresses, None where nothing was said."""
    if not actor.is_signed_in:
        raise SignInRequired
    row = await reader.first(_own(actor.shape), {"post_id": post_id, "me": actor.person_id})
    if row is None:
        raise NotFound
    if not KINDS[row.kind].has_stops:
        raise NoStops
    return row


@prepared
def _shared(actor: Actor) -> Select[Any]:
    columns: list[Any] = [StopAddresses.post_id, *_columns()]
    return (
        select(*columns)
        .join(
            Inquiry,
            or_(
                Inquiry.post_id == StopAddresses.post_id,
                Inquiry.offered_post_id == StopAddresses.post_id,
            ),
        )
        .join(Post, Post.id == Inquiry.post_id)
        .where(
            Inquiry.id == bound("inquiry_id", Uuid()),
            Inquiry.state == InquiryState.ACCEPTED,
            inquiries_policy.visible_to(actor),
        )
        .order_by(StopAddresses.post_id != Inquiry.post_id)
    )


async def shared_addresses(reader: Reader, actor: Actor, inquiry_id: UUID) -> list[Any]:
    """Return the addresses that both sides of an inquiry see: none unless it is accepted.

    Those of the post come before those of the one that was put forward.
    """
    given = {"inquiry_id": inquiry_id, "me": actor.person_id}
    return await reader.all(_shared(actor.shape), given) if actor.is_signed_in else []


@every("31 3 * * *")
async def forget_addresses(session: Session) -> None:
    """Delete the addresses of transports whose posts have long ended."""
    before = clock.now() - timedelta(days=KEPT_DAYS)
    old = select(Post.id).where(Post.ended_at < before)
    await session.execute(delete(StopAddresses).where(StopAddresses.post_id.in_(old)))
