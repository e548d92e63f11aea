"""The newest people of a place."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, select

from app.core.actor import Actor
from app.core.i18n import N_
from app.core.paging import Order, Paging
from app.core.reads import Reader, bound, prepared
from app.features.appearances.noting import note_people
from app.features.people import policy
from app.features.places.region import places_within
from app.models.people import Person
from app.models.statistics import Surface

NEWEST = Order(
    "people.newest",
    N_("Personen auf den Seiten von Orten: die zuletzt hinzugekommenen zuerst"),
    Person.created_at,
    Person.id,
    descending=True,
)
SHOWN = 6


@prepared
def _newest(actor: Actor) -> Select[Any]:
    columns: list[Any] = [
        Person.id, Person.slug, Person.name, Person.headline, Person.picture_id
    ]  # fmt: skip
    inside = places_within(bound("place_id", Uuid()))
    query = select(*columns).where(policy.visible_to(actor), Person.place_id.in_(inside))
    if not actor.is_signed_in:  # search engines read what nobody reads
        query = query.where(Person.found_by_search_engines)
    return NEWEST.page(query, after=False)


async def newest_people(reader: Reader, actor: Actor, place_id: UUID) -> list[Any]:
    """Return the few people who were the last to name a place as theirs.

    Readers without an account see those only who let search engines find them.
    """
    params = {"place_id": place_id}
    page = await NEWEST.fetch(reader, _newest(actor.shape), Paging(SHOWN), params)
    note_people(Surface.DIRECTORY, actor, [row.id for row in page.items])
    return page.items
