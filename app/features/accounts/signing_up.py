"""Signing up: an address, a link by mail, then a password.

Nobody can set a password for an address that is not theirs, and nobody learns from an answer
whether an address has an account: the job that sends the mail finds that out.
"""

from datetime import timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import DateTime, LargeBinary, delete, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import EmailAddress, canonical_email
from app.core.asking import Asked
from app.core.events import Event, emit, on
from app.core.i18n import N_, Locale, as_locale
from app.core.ids import fingerprint, new_secret
from app.core.limits import limiter
from app.core.mailing import send_mail
from app.core.reads import Described, Reader, bound, prepared
from app.core.settings import settings
from app.core.slugs import free_slug
from app.core.text import Name, sort_key
from app.features.accounts.choosing import NewPassword, hash_of_new
from app.features.accounts.policy import TokenInvalid
from app.models.accounts import Account, SignUp
from app.models.people import Person

WAITS_FOR = timedelta(days=7)
MAX_TOKEN = 200  # characters; ours have 43


class SignUpRequested(Event):
    name: ClassVar[str] = "account.sign_up_requested"
    sign_up_id: UUID


class AccountOpened(Event):
    name: ClassVar[str] = "account.opened"
    account_id: UUID
    person_id: UUID


def _confirmed(value: bool) -> bool:  # noqa: FBT001 - pydantic calls it
    if not value:
        code = "not_confirmed"
        raise PydanticCustomError(code, N_("Bitte bestätigen Sie dies."))
    return value


Confirmed = Annotated[bool, AfterValidator(_confirmed), Field(json_schema_extra={"const": True})]
MailToken = Annotated[
    str, Field(min_length=1, max_length=MAX_TOKEN, pattern=r"^[A-Za-z0-9_-]+$")
]  # the secret in a mailed link


class SignUpDraft(BaseModel):
    """What somebody tells of themselves to sign up."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[
        str,
        Name(100),
        Asked(
            N_("Vor- und Nachname"),
            N_("So erscheinen Sie bei Beiträgen und in Gruppen."),
            autocomplete="name",
        ),
    ]
    email: Annotated[
        EmailAddress,
        Asked(
            N_("E-Mail-Adresse"),
            N_("Wir schicken Ihnen einen Link zur Bestätigung. Andere sehen die Adresse nicht."),
            widget="email",
            autocomplete="email",
        ),
    ]
    company_name: Annotated[
        str,
        Name(160, 0),
        Asked(
            N_("Ihr Unternehmen"),
            N_("Wenn Sie es gleich mit anlegen oder übernehmen möchten."),
            autocomplete="organization",
        ),
    ] = ""
    is_old_enough: Annotated[
        Confirmed, Asked(N_("Ich bin mindestens 16 Jahre alt."), widget="checkbox")
    ]
    accepts_terms: Annotated[
        Confirmed, Asked(N_("Ich stimme den Nutzungsbedingungen zu."), widget="checkbox")
    ]
    locale: Annotated[Locale | None, Asked(N_("Sprache"), widget="hidden")] = None


class VerificationDraft(BaseModel):
    """The link's secret, and the password that its reader chooses."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[MailToken, Asked(N_("Link"), widget="hidden")]
    password: NewPassword


async def sign_up(session: Session, actor: Actor, draft: SignUpDraft, *, address: str) -> None:
    """Have a link mailed that opens an account; ``address`` is the network address of the sender.

    An address that has an account gets a mail that says so; the answer here is the same.
    Refused: more than three mails a day to one address.
    """
    key = canonical_email(draft.email)
    await limiter().hit("mail_from", address)
    await limiter().hit("mail_to", key)
    waiting = SignUp(
        email=draft.email,
        email_key=key,
        name=draft.name,
        company_name=draft.company_name or None,
        locale=draft.locale or actor.locale,
        expires_at=clock.now() + WAITS_FOR,
    )
    session.add(waiting)
    emit(session, SignUpRequested(sign_up_id=waiting.id))


@on(SignUpRequested)
async def mail_sign_up(session: Session, event: SignUpRequested) -> None:
    """Mail the link, or a word that there is an account already."""
    waiting = await session.get(SignUp, event.sign_up_id, with_for_update=True)
    if waiting is None or waiting.token_hash:
        return
    known = await session.scalar(select(Account.id).where(Account.email_key == waiting.email_key))
    locale, base = as_locale(waiting.locale), settings().base_url.rstrip("/")
    if known:
        await session.delete(waiting)
        await send_mail(
            session,
            waiting.email,
            subject=N_("Sie haben schon ein Konto bei %(site)s"),
            text=_KNOWN,
            locale=locale,
            dedup_key=f"sign_up:{waiting.id}",
            name=waiting.name,
            site=settings().site.name,
            sign_in=f"{base}/sign-in",
            reset=f"{base}/reset-password",
        )
        return
    token = new_secret()
    waiting.token_hash = fingerprint(token)
    await send_mail(
        session,
        waiting.email,
        subject=N_("Bestätigen Sie Ihre E-Mail-Adresse für %(site)s"),
        text=_LINK,
        locale=locale,
        dedup_key=f"sign_up:{waiting.id}",
        name=waiting.name,
        site=settings().site.name,
        link=f"{base}/sign-up/confirm/{token}",
    )


_LINK = N_(
    "Guten Tag, %(name)s,\n\n"
    "mit dieser Adresse hat sich jemand bei %(site)s registriert. Waren Sie das, dann öffnen Sie "
    "bitte diesen Link und wählen Sie Ihr Passwort:\n\n"
    "%(link)s\n\n"
    "Der Link gilt sieben Tage. Waren Sie es nicht, brauchen Sie nichts zu tun: Ohne den Link "
    "entsteht kein Konto.\n"
)
_KNOWN = N_(
    "Guten Tag, %(name)s,\n\n"
    "mit dieser Adresse wollte sich jemand bei %(site)s registrieren. Sie haben aber schon ein "
    "Konto.\n\n"
    "Hier melden Sie sich an: %(sign_in)s\n"
    "Passwort vergessen? %(reset)s\n\n"
    "Waren Sie es nicht, brauchen Sie nichts zu tun.\n"
)


@prepared
def _waiting() -> Described:
    columns: tuple[Any, ...] = (SignUp.name, SignUp.email, SignUp.company_name)
    return select(*columns).where(
        SignUp.token_hash == bound("token", LargeBinary()),
        SignUp.expires_at > bound("now", DateTime(timezone=True)),
    )


async def waiting_sign_up(reader: Reader, token: str) -> Any:
    """Return name, email and company_name behind a link; nothing changes."""
    given = {"token": fingerprint(token), "now": clock.now()}
    found = await reader.first(_waiting(), given)
    if found is None:
        raise TokenInvalid
    return found


async def confirm_sign_up(session: Session, draft: VerificationDraft) -> Account:
    """Open the account of a link with the password that its reader chose.

    The link is used up, and so is every other link for the same address. Refused: a link that
    is used, old or unknown; a password that is easy to guess.
    """
    waiting = await session.scalar(
        select(SignUp)
        .where(SignUp.token_hash == fingerprint(draft.token), SignUp.expires_at > clock.now())
        .with_for_update()
    )
    if waiting is None:
        raise TokenInvalid
    context = (waiting.name, waiting.company_name or "", waiting.email.partition("@")[0])
    hashed = await hash_of_new(draft.password, context)
    used = await session.scalars(
        delete(SignUp)
        .where(SignUp.email_key == waiting.email_key)
        .returning(SignUp.id)
        .execution_options(synchronize_session=False)
    )
    known = await session.scalar(select(Account.id).where(Account.email_key == waiting.email_key))
    if known or waiting.id not in used.all():
        raise TokenInvalid
    account, _ = await open_account(
        session,
        email=waiting.email,
        name=waiting.name,
        password_hash=hashed,
        locale=as_locale(waiting.locale),
    )
    return account


async def open_account(
    session: Session, *, email: str, name: str, password_hash: str, locale: Locale
) -> tuple[Account, Person]:
    """Open an account for a confirmed address, with the person as which it is seen."""
    account = Account(
        email=email,
        email_key=canonical_email(email),
        password_hash=password_hash,
        locale=locale,
        terms_accepted_at=clock.now(),
    )
    session.add(account)
    await session.flush()
    person = Person(
        account_id=account.id,
        slug=await free_slug(session, "person", name, fallback="person"),
        name=name,
        sort_name=sort_key(name),
    )
    session.add(person)
    await session.flush()
    emit(session, AccountOpened(account_id=account.id, person_id=person.id))
    return account, person
