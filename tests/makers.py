"""Things a test arranges, with plain defaults: people who can sign in, companies, groups."""

import itertools
import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.actor import Actor
from app.core.ids import fingerprint
from app.core.passwords import hash_password
from app.core.settings import Hashing, settings
from app.core.text import make_slug, sort_key
from app.models.accounts import AccessToken, Account, SignedInSession
from app.models.companies import Company, Site, Staff, StaffRole
from app.models.groups import Admission, Group, Membership, Standing
from app.models.people import Person

_numbers = itertools.count(1)


async def a_person(session: Session, name: str = "Nadine Rauhut", **fields: Any) -> Person:
    """A person with an account of their own."""
    number = next(_numbers)
    email = f"person-{number}@kontor.example"
    account = Account(email=email, email_key=email, locale=fields.pop("locale", "de"))
    session.add(account)
    await session.flush()
    slug = f"{make_slug(name)}-{number}"
    person = Person(account_id=account.id, slug=slug, name=name, sort_name=sort_key(name), **fields)
    session.add(person)
    await session.flush()
    return person


PASSWORD = "Zwölf Boxkämpfer jagen Viktor"


async def an_account(
    session: Session, name: str = "Nadine Rauhut", *, cost: Hashing | None = None, **fields: Any
) -> Account:
    """An account that PASSWORD opens; ``fields`` are those of its person."""
    person = await a_person(session, name, **fields)
    account = await session.get_one(Account, person.account_id)
    account.password_hash = await hash_password(PASSWORD, cost or settings().hashing)
    await session.commit()
    return account


def link_in(mail: EmailMessage) -> str:
    """The path of the first link in a mail; all must lead to us."""
    found = re.findall(r"(https?://[^/\s]+)(/\S+)", mail.get_body(("plain",)).get_content())
    assert {host for host, _ in found} == {"http://testserver"}
    return found[0][1]


def as_actor(person: Person, **fields: Any) -> Actor:
    return Actor(person_id=person.id, account_id=person.account_id, **fields)


async def a_company(
    session: Session,
    name: str = "Hügelland Feinwerktechnik GmbH",
    *,
    owner: Person | None = None,
    **fields: Any,
) -> Company:
    """A company in Hattingen that may publish."""
    number = next(_numbers)
    fields.setdefault("imprint", f"{name}, Nierenhofer Straße 1, 45527 Hattingen")
    company = Company(
        slug=f"{make_slug(name)}-{number}", name=name, sort_name=sort_key(name), **fields
    )
    session.add(company)
    await session.flush()
    session.add(Site(company_id=company.id, postcode="45527", town="Hattingen", is_main=True))
    if owner:
        session.add(Staff(company_id=company.id, person_id=owner.id, role=StaffRole.OWNER))
    await session.flush()
    return company


async def a_group(
    session: Session, owner: Person, name: str = "Ausbildung", **fields: Any
) -> Group:
    """An open group without a charter."""
    number = next(_numbers)
    group = Group(
        slug=f"{make_slug(name)}-{number}",
        name=name,
        sort_name=sort_key(name),
        founded_by_id=owner.id,
        **{"admission": Admission.OPEN, **fields},
    )
    session.add(group)
    await session.flush()
    await a_membership(session, group, owner, Standing.OWNER)
    return group


async def a_membership(
    session: Session, group: Group, person: Person, standing: Standing = Standing.MEMBER
) -> Membership:
    membership = Membership(
        group_id=group.id, person_id=person.id, standing=standing, since=clock.now()
    )
    session.add(membership)
    await session.flush()
    return membership


async def signed_in(session: Session, person: Person) -> dict[str, str]:
    """Headers of a browser in which ``person`` is signed in."""
    secret = f"session-{next(_numbers)}"
    now = clock.now()
    session.add(
        SignedInSession(
            account_id=person.account_id,
            token_hash=fingerprint(secret),
            last_used_at=now,
            expires_at=now + timedelta(days=1),
        )
    )
    await session.flush()
    return {"cookie": f"sid={secret}", "sec-fetch-site": "same-origin"}


async def bearer(session: Session, person: Person, *scopes: str) -> dict[str, str]:
    """Headers of a client of ``person``: with all rights of a session, or with a token's scopes."""
    secret = f"secret-{next(_numbers)}"
    now = clock.now()
    if scopes:
        session.add(
            AccessToken(
                account_id=person.account_id,
                label="test",
                token_hash=fingerprint(secret),
                scopes=list(scopes),
                expires_at=now + timedelta(days=1),
            )
        )
    else:
        session.add(
            SignedInSession(
                account_id=person.account_id,
                token_hash=fingerprint(secret),
                last_used_at=now,
                expires_at=now + timedelta(days=1),
            )
        )
    await session.flush()
    return {"authorization": f"Bearer {secret}"}
