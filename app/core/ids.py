"""Identifiers and secrets."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    """Return a UUIDv7 (RFC 9562): unique, and ordered by the time it was made."""
    return compat.uuid7()


def new_secret() -> str:
    """Return 256 random bits, URL-safe: a session, a token, a link in a mail."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> bytes:
    """Return the SHA-256 of a secret: all that is ever stored of it."""
    return hashlib.sha256(secret.encode()).digest()
