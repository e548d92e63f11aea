"""One's own account: reading it, choosing its language, closing it."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, Uuid, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, SignInRequired, Stale
from app.core.events import Event, emit
from app.core.i18n import N_, Locale, as_locale
from app.core.ids import new_id
from app.core.mailing import send_mail
from app.core.reads import Reader, bound, prepared
from app.core.settings import settings
from app.core.text import sort_key
from app.features.accounts.choosing import TypedPassword
from app.features.accounts.links import end_links
from app.features.accounts.policy import check_own_password, own_account, owner_of_account
from app.features.accounts.sessions import end_sessions
from app.models.accounts import AccessToken, Account, KnownDevice
from app.models.companies import Company, CompanyState, Staff, StaffRole
from app.models.people import OldSlug, Person

FORMER_MEMBER = N_("Ehemaliges Mitglied")


_LANGUAGES = (("de", "Deutsch"), ("en", "English"))  # each in itself


class AccountClosed(Event):
    name: ClassVar[str] = "account.closed"
    account_id: UUID
    person_id: UUID


class SoleOwner(Conflict):
    code: ClassVar[str] = "sole_owner"
    text: ClassVar[str] = N_(
        "Ihr Konto lässt sich noch nicht schließen: Sie sind allein verantwortlich für "
        "„%(name)s“. Bitte übergeben Sie vorher das Unternehmensprofil, oder schließen Sie es."
    )


class AccountChange(BaseModel):
    """What can be changed of an account without further proof."""

    model_config = ConfigDict(extra="forbid")

    locale: Annotated[Locale, Asked(N_("Sprache"), choices=lambda _: _LANGUAGES)]


class Closing(BaseModel):
    """The password, as proof that the account's owner wants it closed."""

    model_config = ConfigDict(extra="forbid")

    password: TypedPassword


@prepared
def _own() -> Select[Any]:
    columns: tuple[Any, ...] = (
        Account.id,
        Account.email,
        Account.locale,
        Account.is_operator,
        Account.created_at,
        Account.version,
        Person.id.label("person_id"),
        Person.slug.label("person_slug"),
        Person.name,
    )
    return (
        select(*columns)
        .join(Person, Person.account_id == Account.id)
        .where(Account.id == bound("account", Uuid()))
    )


async def read_account(reader: Reader, actor: Actor) -> Any:
    """Return the actor's account."""
    found = await reader.first(_own(), {"account": owner_of_account(actor)})
    if found is None:
        raise SignInRequired
    return found


async def change_account(
    session: Session, actor: Actor, change: AccountChange, *, expected: int | None = None
) -> Account:
    """Choose the language of pages and mails."""
    account = await own_account(session, actor)
    if expected is not None and account.version != expected:
        raise Stale
    account.locale = change.locale
    await session.flush()
    return account


async def close_account(session: Session, actor: Actor, closing: Closing) -> None:
    """Close the actor's account: nobody can sign in any more, and the person becomes nameless.

    What they wrote stays, by a former member. Sessions, tokens and links end, places in
    companies too; groups hear of it by ``AccountClosed``, and another inherits them. The address
    is free again. Refused: a wrong password, and being the only owner of a company.
    """
    account = await own_account(session, actor)
    await check_own_password(account, closing.password)
    person = await session.scalar(
        select(Person).where(Person.account_id == account.id).with_for_update()
    )
    if person is None:
        raise SignInRequired
    await _check_no_sole_owner(session, person.id)
    await send_mail(
        session,
        account.email,
        subject=N_("Ihr Konto bei %(site)s ist geschlossen"),
        text=_CLOSED,
        locale=as_locale(account.locale),
        site=settings().site.name,
    )
    await _leave(session, person)
    await end_sessions(session, account.id)
    await end_links(session, account)
    for table in (AccessToken, KnownDevice):
        await session.execute(delete(table).where(table.account_id == account.id))
    account.email, account.email_key = "", f"closed:{account.id}"
    account.password_hash, account.is_operator = None, False
    account.closed_at = clock.now()
    emit(session, AccountClosed(account_id=account.id, person_id=person.id))


_CLOSED = N_(
    "Guten Tag,\n\n"
    "Ihr Konto bei %(site)s ist geschlossen. Ihre Angaben zur Person sind gelöscht; was Sie "
    "geschrieben haben, steht dort als Beitrag eines ehemaligen Mitglieds.\n"
)


async def _check_no_sole_owner(session: Session, person_id: UUID) -> None:
    """Refuse while something would be left without an owner; the rows stay locked."""
    others = aliased(Staff)
    companies = await session.scalars(
        select(Company)
        .join(Staff, Staff.company_id == Company.id)
        .where(
            Staff.person_id == person_id,
            Staff.role == StaffRole.OWNER,
            Staff.ended_at.is_(None),
            Company.state == CompanyState.ACTIVE,
        )
        .order_by(Company.id)
        .with_for_update(of=Company)
    )
    for company in companies.all():
        another = exists().where(
            others.company_id == company.id,
            others.person_id != person_id,
            others.role == StaffRole.OWNER,
            others.ended_at.is_(None),
        )
        if not await session.scalar(select(another)):
            raise SoleOwner(name=company.name)


async def _leave(session: Session, person: Person) -> None:
    """Take the person out of companies, and take away what tells who they were."""
    await session.execute(
        update(Staff)
        .where(Staff.person_id == person.id, Staff.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    await session.execute(
        delete(OldSlug).where(OldSlug.kind == "person", OldSlug.target_id == person.id)
    )
    person.name, person.sort_name = FORMER_MEMBER, sort_key(FORMER_MEMBER)
    person.slug = f"ehemaliges-mitglied-{new_id().hex[-12:]}"
    person.headline = person.function = person.about = person.about_html = ""
    person.topics, person.languages = [], []
    person.place_id = person.picture_id = None
    person.phone = person.contact_email = person.website = None
    person.found_by_search_engines = False
    person.left_at = clock.now()
