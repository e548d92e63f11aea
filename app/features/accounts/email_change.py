"""Moving an account to another e-mail address, which its owner must prove to read."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.events import Event, emit, on
from app.core.i18n import N_, as_locale
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.accounts.choosing import TypedPassword
from app.features.accounts.links import draw_secret, end_links, make_link, use_link
from app.features.accounts.policy import TokenInvalid, check_own_password, own_account
from app.features.accounts.sessions import end_sessions
from app.features.accounts.signing_up import MailToken
from app.models.accounts import Account, LinkPurpose, MailedLink


class EmailChangeRequested(Event):
    name: ClassVar[str] = "account.email_change_requested"
    account_id: UUID
    link_id: UUID


class EmailChanged(Event):
    name: ClassVar[str] = "account.email_changed"
    account_id: UUID


class EmailChange(BaseModel):
    """The new address, and the password as proof."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[
        EmailAddress, Asked(N_("Neue E-Mail-Adresse"), widget="email", autocomplete="email")
    ]
    password: TypedPassword


class EmailConfirmation(BaseModel):
    """The secret of the link that was mailed to the new address."""

    model_config = ConfigDict(extra="forbid")

    token: MailToken


async def request_email_change(session: Session, actor: Actor, change: EmailChange) -> None:
    """Have a link mailed to the new address, and a word to the old one.

    A new address that has an account gets a mail that says so; the answer here is the same.
    Refused: a wrong password; more than three mails a day to one address.
    """
    account = await own_account(session, actor)
    key = canonical_email(change.email)
    await limiter().hit("sign_in_to", f"account:{account.id}")
    await check_own_password(account, change.password)
    await limiter().hit("mail_to", key)
    link = await make_link(session, account, LinkPurpose.CHANGE_EMAIL, {"email": change.email})
    emit(session, EmailChangeRequested(account_id=account.id, link_id=link.id))


@on(EmailChangeRequested)
async def mail_email_change(session: Session, event: EmailChangeRequested) -> None:
    """Mail the link to the new address, and a word to the old one."""
    link = await session.get(MailedLink, event.link_id, with_for_update=True)
    if link is None or link.used_at or "mailed" in link.payload:
        return
    account = await session.get_one(Account, link.account_id)
    locale, base = as_locale(account.locale), settings().base_url.rstrip("/")
    email, site = str(link.payload["email"]), settings().site.name
    link.payload = {**link.payload, "mailed": True}
    await send_mail(
        session,
        account.email,
        subject=N_("Neue E-Mail-Adresse für Ihr Konto bei %(site)s"),
        text=_NOTICE,
        locale=locale,
        site=site,
        reset=f"{base}/reset-password",
    )
    known = await session.scalar(
        select(Account.id).where(Account.email_key == canonical_email(email))
    )
    if known:
        await end_links(session, account, LinkPurpose.CHANGE_EMAIL)
        text, address = _KNOWN, f"{base}/sign-in"
    else:
        text, address = _LINK, f"{base}/settings/email/{draw_secret(link)}"
    await send_mail(
        session,
        email,
        subject=N_("Bestätigen Sie Ihre neue E-Mail-Adresse für %(site)s"),
        text=text,
        locale=locale,
        site=site,
        link=address,
    )


_NOTICE = N_(
    "Guten Tag,\n\n"
    "für Ihr Konto bei %(site)s soll künftig eine andere E-Mail-Adresse gelten. Sobald die neue "
    "Adresse bestätigt ist, melden Sie sich mit ihr an.\n\n"
    "Waren Sie es nicht, wählen Sie bitte sofort ein neues Passwort; damit verfällt die "
    "Änderung: %(reset)s\n"
)
_LINK = N_(
    "Guten Tag,\n\n"
    "über diesen Link bestätigen Sie, dass Ihr Konto bei %(site)s künftig diese E-Mail-Adresse "
    "hat:\n\n"
    "%(link)s\n\n"
    "Der Link gilt 60 Minuten. Haben Sie nichts dergleichen gewünscht, brauchen Sie nichts zu "
    "tun.\n"
)
_KNOWN = N_(
    "Guten Tag,\n\n"
    "jemand wollte sein Konto bei %(site)s auf diese E-Mail-Adresse umstellen. Zu ihr gibt es "
    "aber schon ein Konto; deshalb ändert sich nichts.\n\n"
    "Hier melden Sie sich an: %(link)s\n"
)


async def change_email(session: Session, actor: Actor, confirmation: EmailConfirmation) -> Account:
    """Move the account of a mailed link to the address it was mailed to.

    All sessions of the account end, except the one in which this is done. Refused: a link that
    is used, old or replaced, and an address that meanwhile has an account.
    """
    account, payload = await use_link(session, confirmation.token, LinkPurpose.CHANGE_EMAIL)
    former, key = account.email, canonical_email(str(payload["email"]))
    taken = await session.scalar(
        select(Account.id).where(Account.email_key == key, Account.id != account.id)
    )
    if taken:
        raise TokenInvalid
    account.email, account.email_key = str(payload["email"]), key
    await end_links(session, account)
    await end_sessions(session, account.id, but=actor.session_id)
    emit(session, EmailChanged(account_id=account.id))
    await send_mail(
        session,
        former,
        subject=N_("Ihre E-Mail-Adresse bei %(site)s wurde geändert"),
        text=_CHANGED,
        locale=as_locale(account.locale),
        site=settings().site.name,
        contact=settings().operator.email,
    )
    return account


_CHANGED = N_(
    "Guten Tag,\n\n"
    "Ihr Konto bei %(site)s hat jetzt eine andere E-Mail-Adresse; diese hier gilt nicht mehr.\n\n"
    "Waren Sie es nicht, schreiben Sie bitte sofort an %(contact)s.\n"
)
