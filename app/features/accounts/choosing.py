"""Passwords as people type them, and whether a new one is good enough."""

import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from app.core.asking import Asked
from app.core.errors import Invalid
from app.core.i18n import N_
from app.core.passwords import MAX_PASSWORD, MIN_PASSWORD, WEAKNESSES, hash_password, weak_password
from app.core.settings import settings

# Long enough for every password that was ever set; what else it may be, the check decides.
TypedPassword = Annotated[
    str,
    Field(min_length=1, max_length=MAX_PASSWORD),
    Asked(N_("Passwort"), widget="password", autocomplete="current-password"),
]
NewPassword = Annotated[
    str,
    Field(min_length=MIN_PASSWORD, max_length=MAX_PASSWORD),
    Asked(
        N_("Neues Passwort"),
        N_(
            "Mindestens 10 Zeichen. Am besten merkt man sich einen kurzen Satz; Leerzeichen und "
            "Umlaute sind erlaubt."
        ),
        widget="password",
        autocomplete="new-password",
    ),
]


async def hash_of_new(password: str, context: Iterable[str], *, field: str = "password") -> str:
    """Return the hash of a new password, or refuse one that is easy to guess.

    ``context`` are words about its owner: name, company, address.
    """
    words = [part for word in context for part in re.split(r"[@\s]", word)]
    weakness = weak_password(password, [*words, settings().site.name])
    if weakness:
        raise Invalid.one(field, weakness, WEAKNESSES[weakness])
    return await hash_password(password, settings().hashing)
