"""How a command is carried out: beside ``kontor run`` or without it, and without stack traces."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TypeVar

import psycopg
import typer
from rich.console import Console
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.addresses import canonical_email
from app.core.db import transaction
from app.core.durability import ForgetfulDatabase
from app.core.errors import Invalid, NotFound, Refusal
from app.core.i18n import N_, translate
from app.core.settings import settings
from app.dev.postgres import reachable
from app.dev.trouble import CannotRun
from app.models.accounts import Account
from app.models.people import Person
from app.runtime import Runtime, running

T = TypeVar("T")
_SECONDS_TO_CONNECT = 10
errors = Console(stderr=True, soft_wrap=True, highlight=False)
_FILE_WIDTH = 200  # characters; a terminal knows its own
output = Console(
    soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH
)


class Exit(IntEnum):
    """Exit codes. UNUSABLE: nothing was done. INCOMPLETE: done, but some rows were rejected."""

    DONE = 0
    FAILED = 1
    UNUSABLE = 2
    INCOMPLETE = 3


def carry_out(work: Callable[[Session], Awaitable[T]]) -> T:
    """Run ``work`` in one transaction, on the database that is configured or runs here."""

    async def in_transaction(runtime: Runtime) -> T:
        async with transaction(runtime.sessions) as session:
            return await work(session)

    return carry_out_in_parts(in_transaction)


def carry_out_in_parts(work: Callable[[Runtime], Awaitable[T]]) -> T:
    """Run ``work``, which opens its transactions itself, where ``carry_out`` would."""

    async def run(dsn: str) -> T:
        async with running(settings(), dsn, for_jobs=True) as runtime:
            return await work(runtime)

    with told(), reachable(settings().database_url, settings().var_dir) as dsn:
        psycopg.connect(dsn, connect_timeout=_SECONDS_TO_CONNECT).close()  # pools are more patient
        return asyncio.run(run(dsn))


@contextmanager
def told() -> Iterator[None]:
    """End the command with a sentence and an exit code where something is in its way."""
    try:
        yield
    except Invalid as refusal:
        for error in refusal.errors:
            errors.print(translate(error.text, **error.params), markup=False)
        raise typer.Exit(Exit.UNUSABLE) from None
    except Refusal as refusal:
        errors.print(translate(refusal.text, **refusal.params), markup=False)
        raise typer.Exit(Exit.FAILED) from None
    except (CannotRun, ForgetfulDatabase) as trouble:
        errors.print(str(trouble), markup=False)
        raise typer.Exit(Exit.FAILED) from None
    except OSError as trouble:
        said = translate(N_("Das geht nicht: %(reason)s"), reason=trouble)
        errors.print(said, markup=False)
        raise typer.Exit(Exit.FAILED) from None
    except (DBAPIError, psycopg.Error) as trouble:
        cause = trouble.orig if isinstance(trouble, DBAPIError) else trouble
        reason = str(cause).strip().partition("\n")[0]
        said = translate(N_("Die Datenbank lehnt das ab: %(reason)s"), reason=reason)
        errors.print(said, markup=False)
        raise typer.Exit(Exit.FAILED) from None


async def actor_of(session: Session, email: str) -> Actor:
    """Return the person whose account has this address of mail."""
    person_id = await session.scalar(
        select(Person.id)
        .join(Account, Account.id == Person.account_id)
        .where(Account.email_key == canonical_email(email), Account.closed_at.is_(None))
    )
    if person_id is None:
        raise NotFound
    return Actor(person_id=person_id)
