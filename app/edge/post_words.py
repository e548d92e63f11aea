"""Posts in words: who speaks, and the facts of their kind with their labels."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from app.core.asking import Asked, label_of
from app.core.i18n import N_, current_locale, translate
from app.edge.wording import day, exactly, number
from app.features.posts.drafts import restored
from app.features.posts.reading import FORMER_MEMBER


@dataclass(frozen=True, slots=True)
class Names:
    """Who speaks: a person, or a company through a person; without links for who has left."""

    person: str
    person_href: str | None
    company: str | None
    company_href: str | None
    picture: str | None = None


def spoken(row: Any, *, left: bool) -> Names:
    """Return who speaks; ``left`` says that this person is no longer here."""
    if getattr(row, "is_concealed", False):
        return Names(row.reference or translate(N_("Chiffre")), None, None, None)
    return Names(
        translate(FORMER_MEMBER) if left else row.author_name,
        None if left else f"/people/{row.author_slug}",
        row.company_name,
        f"/companies/{row.company_slug}" if row.company_slug else None,
    )


def facts_of(
    kind: str, details: dict[str, Any], only: tuple[str, ...] = ()
) -> list[tuple[str, str]]:
    """Return label and value of everything that the kind adds to a post, or of some of it."""
    return facts_in(restored(kind, details), only)


def facts_in(known: BaseModel, only: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """Return label and value of everything that was said in a form, or of some of it."""
    facts = []
    for name, info in type(known).model_fields.items():
        asked = next((one for one in info.metadata if isinstance(one, Asked)), Asked(name))
        value = getattr(known, name)
        if only and name not in only:
            continue
        # A box that is not ticked says nothing.
        if asked.widget != "hidden" and value not in (None, "", []) and value is not False:
            facts.append((translate(asked.label), _said(value, asked)))
    return facts


def _said(value: Any, asked: Asked) -> str:
    said = str(value)
    match value:
        case list() | tuple():
            said = ", ".join(_said(one, asked) for one in value)
        case bool():
            said = translate(N_("Ja") if value else N_("Nein"))
        case StrEnum():
            said = translate(label_of(value))
        case datetime():
            said = exactly(value)
        case date():
            said = day(value)
        case int() | float() if not asked.is_year:
            said = number(value)
        case _ if asked.choices:
            said = dict(asked.choices(current_locale.get())).get(said, said)
    return said
