"""Browsers to which people have what they are told sent (Web Push, RFC 8030)."""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import ColumnElement, Select, Uuid, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import NotFound, SignInRequired
from app.core.i18n import N_
from app.core.ids import new_id
from app.core.outgoing_targets import TargetUrl
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.features.accounts.sessions import IDLE
from app.models.accounts import AccessToken, SignedInSession
from app.models.notifications import PushSubscription

MANY: Final = 20  # browsers of one person; the oldest make room for new ones
_AUTH_BYTES: Final = 16  # RFC 8291, 3.2

_NEWEST = Order(
    "push_subscriptions_newest",
    N_("Ihre Geräte für Benachrichtigungen: das neueste zuerst"),
    PushSubscription.created_at,
    PushSubscription.id,
    descending=True,
)


def _decoded(key: str) -> bytes:
    return urlsafe_b64decode(key.rstrip("=") + "=" * (-len(key.rstrip("=")) % 4))


def _is_public_key(key: str) -> str:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(key))
    except ValueError:
        raise _not_a_key() from None
    return key


def _is_secret(key: str) -> str:
    try:
        is_secret = len(_decoded(key)) == _AUTH_BYTES
    except ValueError:
        is_secret = False
    if not is_secret:
        raise _not_a_key()
    return key


def _not_a_key() -> PydanticCustomError:
    return PydanticCustomError("invalid_push_key", N_("Das ist kein Schlüssel eines Browsers."))


class PushSubscriptionDraft(BaseModel):
    """What a browser answers when it is asked for messages (`PushSubscription.toJSON()`)."""

    model_config = ConfigDict(extra="forbid")

    endpoint: Annotated[
        TargetUrl,
        Asked(N_("Adresse beim Dienst des Browsers"), widget="hidden"),
        Field(
            description="Of the push service; https.",
            json_schema_extra={"examples": ["https://push.example/s/1"]},
        ),
    ]
    p256dh: Annotated[
        str,
        Field(max_length=100, pattern=r"^[A-Za-z0-9_-]+=*$", description="base64url, 65 bytes."),
        AfterValidator(_is_public_key),
        Asked(N_("Öffentlicher Schlüssel des Browsers"), widget="hidden"),
    ]
    auth: Annotated[
        str,
        Field(max_length=30, pattern=r"^[A-Za-z0-9_-]+=*$", description="base64url, 16 bytes."),
        AfterValidator(_is_secret),
        Asked(N_("Geheimnis des Browsers"), widget="hidden"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A browser as its owner sees it."""

    id: UUID
    service: str
    user_agent: str | None
    token_label: str | None
    created_at: datetime
    is_present: bool


async def subscribe_browser(
    session: Session, actor: Actor, draft: PushSubscriptionDraft
) -> Subscribed:
    """Have what the actor is told sent to a browser too, as long as they are signed in there.

    A browser that is known by its endpoint is the actor's from now on, with the new keys: doing
    so twice changes nothing. It takes the place of what the same session asked for before.
    """
    if actor.person_id is None:
        raise SignInRequired
    values = {
        "person_id": actor.person_id,
        "session_id": actor.session_id,
        "token_id": actor.token_id,
        "p256dh": draft.p256dh,
        "auth": draft.auth,
    }
    subscribed = await session.scalar(
        insert(PushSubscription)
        .values(id=new_id(), endpoint=draft.endpoint, **values)
        .on_conflict_do_update(index_elements=["endpoint"], set_=values)
        .returning(PushSubscription.id)
    )
    mine = PushSubscription.person_id == actor.person_id
    newest = (
        select(PushSubscription.id)
        .where(mine)
        .order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
        .limit(MANY)
    )
    former: ColumnElement[bool] = PushSubscription.id.not_in(newest)
    if actor.session_id:
        former |= PushSubscription.session_id == actor.session_id
    await session.execute(
        delete(PushSubscription).where(mine, PushSubscription.id != subscribed, former)
    )
    own = _own(actor.shape).where(PushSubscription.id == subscribed)
    return _shown((await session.execute(own, _given(actor))).one())


async def remove_subscription(session: Session, actor: Actor, subscription_id: UUID) -> None:
    """Send nothing more to one of the actor's browsers; those of others are not found."""
    if actor.person_id is None:
        raise SignInRequired
    removed = await session.scalar(
        delete(PushSubscription)
        .where(
            PushSubscription.id == subscription_id, PushSubscription.person_id == actor.person_id
        )
        .returning(PushSubscription.id)
    )
    if removed is None:
        raise NotFound


def _own(shape: Actor) -> Select[Any]:
    columns: list[Any] = [
        PushSubscription.id,
        PushSubscription.endpoint,
        PushSubscription.created_at,
        SignedInSession.user_agent,
        AccessToken.label.label("token_label"),
        (PushSubscription.session_id == bound("present", Uuid())).label("is_present"),
    ]
    return (
        select(*columns)
        .outerjoin(SignedInSession, SignedInSession.id == PushSubscription.session_id)
        .outerjoin(AccessToken, AccessToken.id == PushSubscription.token_id)
        .where(PushSubscription.person_id == shape.person_id)
    )


@prepared
def _list(shape: Actor, *, after: bool) -> Select[Any]:
    return _NEWEST.page(_own(shape), after=after)


@prepared
def _one(shape: Actor) -> Select[Any]:
    wanted = bound("subscription", Uuid())
    return _own(shape).where(PushSubscription.id == wanted)


async def list_subscriptions(reader: Reader, actor: Actor, paging: Paging) -> Page[Subscribed]:
    """Return the browsers to which the actor has messages sent."""
    if not actor.is_signed_in:
        raise SignInRequired
    read = _list(actor.shape, after=paging.cursor is not None)
    page = await _NEWEST.fetch(reader, read, paging, _given(actor))
    return page.map(_shown)


async def find_subscription(reader: Reader, actor: Actor, subscription_id: UUID) -> Subscribed:
    """Return one of the actor's browsers."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {**_given(actor), "subscription": subscription_id}
    found = await reader.first(_one(actor.shape), given)
    if found is None:
        raise NotFound
    return _shown(found)


def _given(actor: Actor) -> dict[str, Any]:
    return {"me": actor.person_id, "present": actor.session_id}


def _shown(row: Any) -> Subscribed:
    return Subscribed(
        id=row.id,
        service=urlsplit(row.endpoint).hostname or "",
        user_agent=row.user_agent,
        token_label=row.token_label,
        created_at=row.created_at,
        is_present=bool(row.is_present),
    )


def is_live() -> ColumnElement[bool]:
    """Whether the session or the token of a subscription is still good."""
    now = clock.now()
    in_session = PushSubscription.session_id.in_(
        select(SignedInSession.id).where(
            SignedInSession.expires_at > now, SignedInSession.last_used_at > now - IDLE
        )
    )
    by_token = PushSubscription.token_id.in_(
        select(AccessToken.id).where(AccessToken.expires_at > now, AccessToken.revoked_at.is_(None))
    )
    return or_(in_session, by_token)
