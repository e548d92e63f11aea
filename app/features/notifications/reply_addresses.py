"""Addresses to which one answers a notification: each good for one person and one thing."""

import hashlib
import hmac
from base64 import b32decode, b32encode
from typing import Final
from uuid import UUID

from app.core.secret import signing_key
from app.core.settings import settings

_BEFORE: Final = "reply+"
_ID_BYTES: Final = 16
_PROOF_BYTES: Final = 12


def reply_address(notification_id: UUID) -> str | None:
    """Return the address that answers a notification; None where no mail comes in.

    What stands before the @ has 51 characters of at most 64, and none that mail servers change.
    """
    inbound = settings().inbound
    if not inbound.takes_mail:
        return None
    token = b32encode(notification_id.bytes + _proof(notification_id)).decode().rstrip("=").lower()
    return f"{_BEFORE}{token}@{inbound.domain}"


def answered_by(address: str) -> UUID | None:
    """Return the notification that an address answers; None if it is none of ours."""
    local, _, domain = address.casefold().partition("@")
    token = local.removeprefix(_BEFORE).upper()
    if domain != (settings().inbound.domain or "").casefold() or not local.startswith(_BEFORE):
        return None
    try:
        given = b32decode(token + "=" * (-len(token) % 8))
        notification_id = UUID(bytes=given[:_ID_BYTES])
    except ValueError:
        return None
    is_ours = hmac.compare_digest(given[_ID_BYTES:], _proof(notification_id))
    return notification_id if is_ours else None


def _proof(notification_id: UUID) -> bytes:
    key = hashlib.sha256(f"reply-address:{signing_key()}".encode()).digest()
    return hmac.digest(key, notification_id.bytes, "sha256")[:_PROOF_BYTES]
