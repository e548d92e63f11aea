"""Logins: who may enter, by which means, and what waits to be confirmed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Editable, Row


class Account(Editable):
    """A login. ``email`` is as its owner writes it, ``email_key`` the form that is compared."""

    __tablename__ = "accounts"

    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None] = mapped_column(default=None)
    password_version: Mapped[int] = mapped_column(default=1)
    locale: Mapped[str] = mapped_column(default="de")
    is_operator: Mapped[bool] = mapped_column(default=False)
    terms_accepted_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class SignUp(Row):
    """A registration that waits for its e-mail address to be confirmed; gone after seven days.

    The link is made by the job that mails it. Where the address has an account, none is made.
    """

    __tablename__ = "sign_ups"

    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    company_name: Mapped[str | None] = mapped_column(default=None)
    locale: Mapped[str] = mapped_column(default="de")
    token_hash: Mapped[bytes | None] = mapped_column(unique=True, default=None)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class PasswordResetRequest(Row):
    """An address for which somebody wants a new password; a job finds out whose it is."""

    __tablename__ = "password_reset_requests"

    email_key: Mapped[str]


class LinkPurpose(StrEnum):
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a password
    CHANGE_EMAIL = "change_email"


class MailedLink(Row):
    """A link sent by mail: used once, and only while e-mail and password are still the same."""

    __tablename__ = "mailed_links"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    purpose: Mapped[LinkPurpose]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    email_key: Mapped[str]
    password_version: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class SignedInSession(Row):
    """A browser that is signed in; only the SHA-256 of its secret is kept."""

    __tablename__ = "sessions"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_agent: Mapped[str] = mapped_column(default="")
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class KnownDevice(Row):
    """A browser that has signed in before; it is not locked out when others guess passwords."""

    __tablename__ = "known_devices"

    account_id: Mapped[UUID] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AccessToken(Row):
    """A personal API token: shown once, scoped, expiring; only its SHA-256 is kept."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        Index("ix_access_tokens_live", "account_id", postgresql_where=text("revoked_at IS NULL")),
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    label: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None] = mapped_column(default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
