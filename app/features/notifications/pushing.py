"""What people are told, sent to their browsers: sealed for each, handed to its push service."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import AnyHttpUrl
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import Event, Lane, emit, on
from app.core.i18n import as_locale
from app.core.outgoing import Declined, send
from app.core.outgoing_targets import Blocked
from app.core.secret import kept
from app.core.settings import settings
from app.features.notifications.push_subscriptions import is_live
from app.features.notifications.wording import Message, said_shortly
from app.models.accounts import Account
from app.models.notifications import Notification, PushSubscription
from app.models.people import Person

if TYPE_CHECKING:
    from webpush import WebPush

KEPT_SECONDS: Final = 24 * 3_600  # how long a push service waits for a browser that is off
LONGEST: Final = 1_000  # characters of a text; push services take 4,096 bytes, sealed
_GONE: Final = frozenset({404, 410})  # RFC 8030, 7.3
_LATER: Final = frozenset({408, 429})
_OURS: Final = 500  # and above: a fault of the service, which passes

_log = structlog.get_logger()


class PushQueued(Event):
    name: ClassVar[str] = "push.queued"
    subscription_id: UUID
    notification_id: UUID


async def push(session: Session, people: Iterable[UUID], message: Message) -> None:
    """Have a message sent to the browsers of people whose inbox holds it, once this commits."""
    found = await session.execute(
        select(PushSubscription.id, Notification.id)
        .join(Notification, Notification.person_id == PushSubscription.person_id)
        .where(
            PushSubscription.person_id.in_(list(people)),
            Notification.dedup_key == message.dedup_key,
            is_live(),
        )
        .order_by(PushSubscription.id)
    )
    for subscription_id, notification_id in found:
        emit(session, PushQueued(subscription_id=subscription_id, notification_id=notification_id))


async def push_due(session: Session, now: datetime) -> None:
    """Have sent what waited for the end of quiet hours."""
    due = Notification.push_due_at <= now
    found = await session.execute(
        select(PushSubscription.id, Notification.id)
        .join(Notification, Notification.person_id == PushSubscription.person_id)
        .where(due, is_live())
        .order_by(PushSubscription.id)
        .with_for_update(of=Notification)
    )
    for subscription_id, notification_id in found:
        emit(session, PushQueued(subscription_id=subscription_id, notification_id=notification_id))
    await session.execute(update(Notification).where(due).values(push_due_at=None))


@on(PushQueued, lane=Lane.OUTGOING)
async def deliver_push(session: Session, event: PushQueued) -> None:
    """Hand one message to the push service of one browser.

    Not what has been read meanwhile, and not to a browser that is no longer its reader's. A
    service that is away, or asks for patience, is tried again; a browser that it no longer knows
    is forgotten. A job that runs twice replaces the first message by the same.
    """
    due = await _due(session, event)
    if due is None:
        return
    sealed = _sealed(due)
    log = _log.bind(subscription=str(event.subscription_id))
    try:
        await send("POST", due.endpoint, headers=sealed[0], content=sealed[1])
    except Blocked as blocked:
        log.warning("push.blocked", why=blocked.why)
    except Declined as answer:
        if answer.status in _GONE:
            gone = PushSubscription.id == event.subscription_id
            await session.execute(delete(PushSubscription).where(gone))
        elif answer.status in _LATER or answer.status >= _OURS:
            raise
        else:
            log.warning("push.declined", status=answer.status)


async def _due(session: Session, event: PushQueued) -> Any:
    found = await session.execute(
        select(
            PushSubscription.endpoint,
            PushSubscription.p256dh,
            PushSubscription.auth,
            Notification.id,
            Notification.type,
            Notification.params,
            Notification.path,
            Account.locale,
        )
        .join(Notification, Notification.person_id == PushSubscription.person_id)
        .join(Person, Person.id == PushSubscription.person_id)
        .join(Account, Account.id == Person.account_id)
        .where(
            PushSubscription.id == event.subscription_id,
            Notification.id == event.notification_id,
            Notification.read_at.is_(None),
            Account.closed_at.is_(None),
            is_live(),
        )
    )
    return found.one_or_none()


def _sealed(due: Any) -> tuple[dict[str, str], bytes]:
    from webpush.types import WebPushKeys, WebPushSubscription  # noqa: PLC0415 - see _sealer

    locale = as_locale(due.locale)
    text = said_shortly(due.type, due.params, locale)
    told = {
        "id": str(due.id),
        "title": settings().site.name,
        "text": text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…",
        "path": due.path,
        "lang": locale,
    }
    sealed = _sealer(_private_key()).get(
        json.dumps(told, ensure_ascii=False),
        WebPushSubscription(
            endpoint=AnyHttpUrl(due.endpoint), keys=WebPushKeys(p256dh=due.p256dh, auth=due.auth)
        ),
        subscriber=settings().operator.email,
    )
    headers = {
        "TTL": sealed.headers["ttl"],
        "Content-Encoding": sealed.headers["content-encoding"],
        "Content-Type": "application/octet-stream",
        "Authorization": sealed.headers["authorization"],
        "Topic": due.id.hex,  # a second copy takes the place of one that still waits
        "Urgency": "normal",
    }
    return headers, sealed.encrypted


def server_key() -> str:
    """Return the public key by which push services know this instance (VAPID, RFC 8292)."""
    from webpush.vapid import VAPID  # noqa: PLC0415 - see _sealer

    return str(VAPID.get_application_server_key(_key(_private_key()).public_key()))


def _private_key() -> str:
    if configured := settings().push.private_key:
        return configured.get_secret_value()
    return kept(settings().var_dir / "push_key", _new_key)


def _new_key() -> str:
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()


def _key(private_key: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(urlsafe_b64decode(f"{private_key}="), "big")
    return ec.derive_private_key(number, ec.SECP256R1())


@cache
def _sealer(private_key: str) -> "WebPush":
    from webpush import WebPush  # noqa: PLC0415 - a quarter of a second, for those who want pushes

    key = _key(private_key)
    return WebPush(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        ttl=KEPT_SECONDS,
    )
