"""Personal access tokens: how programs act for a person, within scopes and for a time."""

from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Select, Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import FieldError, Invalid, NotFound
from app.core.events import Event, emit
from app.core.i18n import N_, Locale, as_locale, translate
from app.core.ids import fingerprint, new_secret
from app.core.mailing import send_mail
from app.core.paging import Order, Page, Paging
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.core.text import Line
from app.features.accounts.policy import own_account, owner_of_account
from app.features.accounts.sessions import announce_end
from app.models.accounts import AccessToken

PREFIX: Final = "kontor_pat_"  # by which scanners find secrets that leaked
LONGEST: Final = timedelta(days=365)
MANY: Final = 50  # live tokens of one account

# What a token can be allowed, in the order in which it is offered.
SCOPES: Final[dict[str, str]] = {
    "people:read": N_("Personen lesen"),
    "people:write": N_("Das eigene Profil ändern"),
    "companies:read": N_("Unternehmen lesen"),
    "companies:write": N_("Unternehmen anlegen und ändern"),
    "groups:read": N_("Gruppen lesen"),
    "groups:write": N_("Gruppen gründen, ändern, beitreten und verlassen"),
    "posts:read": N_("Beiträge und Antworten lesen"),
    "search:read": N_("In allem suchen, was Sie sehen"),
    "posts:write": N_("Beiträge und Antworten verfassen und ändern"),
    "events:read": N_("Ihre Anmeldungen und die zu Ihren Veranstaltungen lesen"),
    "events:write": N_("Sich anmelden, über Termine und Anmeldungen entscheiden"),
    "media:read": N_("Bilder und Dateien lesen"),
    "media:write": N_("Bilder und Dateien hochladen"),
    "follows:read": N_("Lesen, wem und was Sie folgen"),
    "follows:write": N_("Folgen und entfolgen"),
    "searches:read": N_("Ihre Suchaufträge und ihre Treffer lesen"),
    "searches:write": N_("Suchaufträge anlegen, ändern und löschen"),
    "inquiries:read": N_("Anfragen lesen"),
    "inquiries:write": N_("Anfragen stellen und beantworten"),
    "messages:read": N_("Nachrichten lesen"),
    "messages:write": N_("Nachrichten schreiben"),
    "notifications:read": N_("Benachrichtigungen lesen"),
    "notifications:write": N_("Benachrichtigungen als gelesen markieren"),
}

NEWEST = Order(
    "tokens.newest",
    N_("Ihre Zugriffsschlüssel: der neueste zuerst."),
    AccessToken.created_at,
    AccessToken.id,
    descending=True,
)


class TokenCreated(Event):
    name: ClassVar[str] = "account.token_created"
    account_id: UUID
    token_id: UUID


class TokenRevoked(Event):
    name: ClassVar[str] = "account.token_revoked"
    account_id: UUID
    token_id: UUID


def _choices(locale: Locale) -> list[tuple[str, str]]:
    return [(scope, translate(text, locale)) for scope, text in SCOPES.items()]


TokenLabel = Annotated[
    str,
    Line(80),
    Asked(N_("Bezeichnung"), N_("Wofür der Schlüssel ist, zum Beispiel „Warenwirtschaft“.")),
]
TokenScopes = Annotated[
    list[Annotated[str, Field(max_length=40)]],
    Field(min_length=1, max_length=len(SCOPES)),
    Asked(N_("Bereiche"), choices=_choices),
]


class TokenDraft(BaseModel):
    """What a token is for, and what it may do until when."""

    model_config = ConfigDict(extra="forbid")

    label: TokenLabel
    scopes: TokenScopes
    expires_at: Annotated[
        AwareDatetime | None, Asked(N_("Gilt bis")), Field(description="At most a year from now.")
    ] = None


async def create_token(
    session: Session, actor: Actor, draft: TokenDraft
) -> tuple[AccessToken, str]:
    """Make a token; its secret is returned this once and never again. The owner is told by mail.

    Without ``expires_at`` it lasts a year. Refused: unknown scopes, an end that is past or more
    than a year away, too many tokens.
    """
    account = await own_account(session, actor)
    now = clock.now()
    unknown = [n for n, scope in enumerate(draft.scopes) if scope not in SCOPES]
    if unknown:
        text = N_("Diesen Bereich gibt es nicht.")
        raise Invalid(*(FieldError(("scopes", n), "unknown_scope", text) for n in unknown))
    expires_at = draft.expires_at or now + LONGEST
    if not now < expires_at <= now + LONGEST:
        text = N_("Bitte wählen Sie einen Zeitpunkt innerhalb der nächsten 365 Tage.")
        raise Invalid(FieldError(("expires_at",), "out_of_range", text))
    live = await session.scalars(
        select(AccessToken.id).where(
            AccessToken.account_id == account.id,
            AccessToken.revoked_at.is_(None),
            AccessToken.expires_at > now,
        )
    )
    if len(live.all()) >= MANY:
        text = N_("Sie haben schon 50 Zugriffsschlüssel. Bitte widerrufen Sie einen davon.")
        raise Invalid(FieldError((), "too_many_tokens", text))
    secret = f"{PREFIX}{new_secret()}"
    token = AccessToken(
        account_id=account.id,
        label=draft.label,
        token_hash=fingerprint(secret),
        scopes=[scope for scope in SCOPES if scope in draft.scopes],
        expires_at=expires_at,
    )
    session.add(token)
    await session.flush()
    await session.refresh(token, ["created_at"])
    emit(session, TokenCreated(account_id=account.id, token_id=token.id))
    await send_mail(
        session,
        account.email,
        subject=N_("Neuer Zugriffsschlüssel für Ihr Konto bei %(site)s"),
        text=_CREATED,
        locale=as_locale(account.locale),
        label=draft.label,
        site=settings().site.name,
        link=f"{settings().base_url.rstrip('/')}/settings/tokens",
    )
    return token, secret


_CREATED = N_(
    "Guten Tag,\n\n"
    "für Ihr Konto bei %(site)s wurde der Zugriffsschlüssel „%(label)s“ angelegt.\n\n"
    "Waren Sie es nicht, widerrufen Sie ihn bitte sofort und ändern Sie Ihr Passwort: %(link)s\n"
)


async def revoke_token(session: Session, actor: Actor, token_id: UUID) -> None:
    """End a token of the actor; doing so twice changes nothing."""
    token = await session.scalar(
        select(AccessToken)
        .where(AccessToken.id == token_id, AccessToken.account_id == owner_of_account(actor))
        .with_for_update()
    )
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        emit(session, TokenRevoked(account_id=token.account_id, token_id=token.id))
        await announce_end(session, token.account_id)


def _own_tokens() -> Select[Any]:
    columns: tuple[Any, ...] = (
        AccessToken.id,
        AccessToken.label,
        AccessToken.scopes,
        AccessToken.created_at,
        AccessToken.expires_at,
        AccessToken.last_used_at,
        AccessToken.revoked_at,
    )
    return select(*columns).where(AccessToken.account_id == bound("account", Uuid()))


@prepared
def _token_list(*, after: bool) -> Select[Any]:
    return NEWEST.page(_own_tokens().where(AccessToken.revoked_at.is_(None)), after=after)


@prepared
def _one_token() -> Select[Any]:
    return _own_tokens().where(AccessToken.id == bound("token", Uuid()))


async def list_tokens(reader: Reader, actor: Actor, paging: Paging) -> Page[Any]:
    """Return the actor's tokens that are not revoked, expired ones too."""
    read = _token_list(after=paging.cursor is not None)
    return await NEWEST.fetch(reader, read, paging, {"account": owner_of_account(actor)})


async def find_token(reader: Reader, actor: Actor, token_id: UUID) -> Any:
    """Return one of the actor's tokens."""
    given = {"account": owner_of_account(actor), "token": token_id}
    found = await reader.first(_one_token(), given)
    if found is None:
        raise NotFound
    return found
