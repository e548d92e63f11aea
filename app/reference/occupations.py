"""The recognised training occupations: how people write them, and how they are found.

Their official names exist in German only. A name that is not in the list is as good as any:
occupations are renamed every year, and not every training leads to a recognised one.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated

from pydantic import AfterValidator

from app.core.i18n import Locale
from app.core.text import Line, sort_key
from app.reference.tables import Occupation, occupations

_SHORT = re.compile(r"^kfz[- ]*", re.IGNORECASE)


def find_occupation(text: str) -> Occupation | None:
    """Return the occupation that is meant, in either gender or both; None for another one."""
    return _by_spelling().get(sort_key(_SHORT.sub("Kraftfahrzeug", text.strip())))


def search_occupations(text: str = "", field: str | None = None) -> list[Occupation]:
    """Return the occupations whose name has ``text`` in it, in alphabetical order."""
    wanted = sort_key(text)
    return [
        one
        for name, one in occupations().items()
        if field in {None, one.field} and wanted in sort_key(name)
    ]


def occupation_choices(_: Locale) -> Sequence[tuple[str, str]]:
    """Return the name of every occupation, to be suggested."""
    return [(name, name) for name in occupations()]


@cache
def _by_spelling() -> dict[str, Occupation]:
    listed = list(occupations().values())
    return {sort_key(spelt): one for one in reversed(listed) for spelt in _spelt(one.name)}


def _spelt(name: str) -> list[str]:
    """Return how people write an occupation: officially, as he, as she."""
    he, she = re.sub(r"/-?\w+", "", name.replace("/-r ", "r ")), name
    for official, female in (("mann/-frau", "frau"), ("/-r ", " "), ("/-in", "in")):
        she = she.replace(official, female)
    return [name, he, re.sub(r"\w+/(\w+)", r"\1", she)]


def _as_listed(text: str) -> str:
    known = find_occupation(text)
    return known.name if known else text


OccupationName = Annotated[str, Line(90), AfterValidator(_as_listed)]
