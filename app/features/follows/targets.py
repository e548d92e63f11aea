"""What can be followed: under which key, and what it is called."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.asking import label
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_, Locale, translate
from app.core.text import Tag
from app.features.companies import policy as companies_policy
from app.features.groups import policy as groups_policy
from app.features.people import policy as people_policy
from app.features.places.lookup import find_place
from app.features.posts.drafts import KINDS
from app.models.companies import Company
from app.models.follows import FollowTarget
from app.models.groups import Admission, Group
from app.models.people import Person
from app.models.places import Place
from app.reference.codes import read_sector, said
from app.reference.sectors import sector_label
from app.reference.tables import topics
from app.reference.topics import topic_titles

label(
    {
        FollowTarget.PERSON: N_("Person"),
        FollowTarget.COMPANY: N_("Unternehmen"),
        FollowTarget.GROUP: N_("Gruppe"),
        FollowTarget.PLACE: N_("Ort"),
        FollowTarget.SECTOR: N_("Branche"),
        FollowTarget.TOPIC: N_("Thema"),
        FollowTarget.KIND: N_("Beitragsart"),
        FollowTarget.TAG: N_("Schlagwort"),
    }
)

ROWS: Final = frozenset(
    {FollowTarget.PERSON, FollowTarget.COMPANY, FollowTarget.GROUP, FollowTarget.PLACE}
)
_PATHS: Final = {
    FollowTarget.PERSON: "/people/%s",
    FollowTarget.COMPANY: "/companies/%s",
    FollowTarget.GROUP: "/groups/%s",
    FollowTarget.PLACE: "/places/%s",
    FollowTarget.SECTOR: "/sectors/%s",
    FollowTarget.TOPIC: "/groups?topic=%s",
    FollowTarget.KIND: "/posts?kind=%s",
    FollowTarget.TAG: "/posts?tag=%s",
}
_TAG: Final = TypeAdapter[str](Tag)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be followed. ``key`` is an id for what is a row, else a code or tag."""

    target: FollowTarget
    key: str


async def thing_seen(session: Session, actor: Actor, target: FollowTarget, text: str) -> Thing:
    """Return what is meant, as it is kept.

    Refuses what is unknown and what ``actor`` may not see, both in the same way. Places are also
    found by name or postcode.
    """
    key = _code(target, text)
    if target in ROWS:
        key = await _id_seen(session, actor, target, text)
    if key is None:
        message = N_("Das gibt es hier nicht, oder es ist nicht für Sie sichtbar.")
        raise Invalid(FieldError(("key",), "unknown_key", message))
    return Thing(target, key)


def _code(target: FollowTarget, text: str) -> str | None:
    """Return the code or tag that is meant, or None."""
    match target:
        case FollowTarget.TOPIC:
            return text if text in topics() else None
        case FollowTarget.KIND:
            return text if text in KINDS else None
        case FollowTarget.SECTOR:
            found = read_sector(text)
            return text if found and found.code in {found.section, found.division} else None
        case FollowTarget.TAG:
            try:
                return _TAG.validate_python(text)
            except ValidationError:
                return None
        case _:
            return None


async def _id_seen(session: Session, actor: Actor, target: FollowTarget, text: str) -> str | None:
    found = as_id(text)
    stubs = companies_policy.stubs_are_public()
    if target == FollowTarget.PLACE and found is None:
        return str((await find_place(session, text, field="key")).id)
    visible: dict[FollowTarget, Select[Any]] = {
        FollowTarget.PLACE: select(Place.id).where(Place.id == found),
        FollowTarget.PERSON: select(Person.id).where(
            Person.id == found, people_policy.visible_to(actor)
        ),
        FollowTarget.COMPANY: select(Company.id).where(
            Company.id == found, companies_policy.visible_to(actor, stubs=stubs)
        ),
        FollowTarget.GROUP: select(Group.id).where(
            Group.id == found,  # a hidden one is there for its members only
            or_(Group.admission != Admission.HIDDEN, groups_policy.readable_to(actor)),
        ),
    }
    if found is None or await session.scalar(visible[target]) is None:
        return None
    return str(found)


def as_id(text: str) -> UUID | None:
    """Return an id that was written, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def name_of(thing: Thing, row_name: str | None = None, locale: Locale | None = None) -> str:
    """Return what something is called in a language (the current one by default).

    Rows bring their own name.
    """
    match thing.target:
        case FollowTarget.TOPIC:
            return (topic_titles([thing.key], locale) or [thing.key])[0]
        case FollowTarget.KIND:
            known = thing.key in KINDS
            return translate(KINDS[thing.key].plural, locale) if known else thing.key
        case FollowTarget.SECTOR:
            found = read_sector(thing.key)
            titled = found and sector_label(found.code, found.classification)
            return said(titled, locale) if titled else thing.key
        case FollowTarget.TAG:
            return thing.key
        case _:
            return row_name or ""


def path_of(thing: Thing, slug: str | None = None) -> str | None:
    """Return the path of a thing's page, if it has one; rows bring their slug."""
    path = _PATHS.get(thing.target)
    by_slug = thing.target in ROWS - {FollowTarget.PLACE}
    return path % (slug if by_slug else thing.key) if path else None
