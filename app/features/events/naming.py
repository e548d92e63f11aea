"""Who and what dates are narrowed to by name: an organiser, a group; said as people would."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, or_, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from app.core.actor import Actor
from app.core.errors import FieldError, Invalid
from app.core.i18n import N_
from app.core.reads import Reader, bound, prepared
from app.core.text import sort_key
from app.features.groups.policy import visible_to
from app.models.companies import Company, CompanyState
from app.models.groups import Group
from app.models.people import Person

_UNKNOWN: Final = {
    "organiser": N_("Einen Veranstalter dieses Namens kennen wir nicht."),
    "group": N_("Eine Gruppe dieses Namens kennen wir nicht."),
}
_SEVERAL: Final = N_(
    "So heißen mehrere. Bitte geben Sie den Namen so an, wie er in der Adresse der Seite steht: "
    "%(slugs)s."
)


def _meant(table: Any) -> Select[Any]:
    columns: list[Any] = [table.id, table.slug, table.name, table.sort_name]
    return select(*columns).where(
        or_(
            table.id == bound("id", Uuid()),
            table.slug == bound("said", Text()),
            table.sort_name == bound("key", Text()),
        )
    )


@prepared
def _organisers() -> CompoundSelect[Any]:
    return union_all(
        _meant(Company).where(Company.state == CompanyState.ACTIVE),
        _meant(Person).where(Person.left_at.is_(None)),
    )


@prepared
def _groups(actor: Actor) -> Select[Any]:
    return _meant(Group).where(visible_to(actor))


async def organiser_said(reader: Reader, said: str) -> tuple[UUID, str]:
    """Return the company or person that is meant by id, slug or name, and what to call it."""
    return _only("organiser", said, await reader.all(_organisers(), _given(said)))


async def group_said(reader: Reader, actor: Actor, said: str) -> tuple[UUID, str]:
    """Return the group that is meant, and what to call it; one that ``actor`` does not see is none.

    An id that leads nowhere narrows a list to nothing, as it does where lists are of posts.
    """
    given = {**_given(said), "me": actor.person_id}
    return _only("group", said, await reader.all(_groups(actor.shape), given))


def _given(said: str) -> dict[str, Any]:
    return {"id": _id_in(said), "said": said, "key": sort_key(said)}


def _id_in(said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return None


def _only(field: str, said: str, rows: list[Any]) -> tuple[UUID, str]:
    """Return the one that is meant: by its id, else by its slug, else by its name."""
    if wanted := _id_in(said):
        name = next((row.name for row in rows if row.id == wanted), said)
        return wanted, name
    meant = [row for row in rows if row.slug == said] or rows
    if len(meant) == 1:
        return meant[0].id, meant[0].name
    if not meant:
        raise Invalid(FieldError((field,), f"{field}_unknown", _UNKNOWN[field]))
    slugs = ", ".join(sorted(row.slug for row in meant))
    raise Invalid(FieldError((field,), f"{field}_ambiguous", _SEVERAL, {"slugs": slugs}))
