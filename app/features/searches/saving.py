"""Keeping a search, changing it, and keeping it no more."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.asking import Asked, label
from app.core.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    SignInRequired,
    Stale,
)
from app.core.i18n import N_
from app.core.reads import SessionReader
from app.core.text import Line
from app.features.places.distance import bounding_box
from app.features.posts.feed import Filters
from app.features.posts.filtering import PostFilters, filters_of
from app.features.searches.catching_up import catch_up
from app.models.people import Person
from app.models.searches import Frequency, SavedSearch, SearchHit

MOST: Final = 50  # searches of one person
_MARGIN_KM: Final = 10.0  # places may be measured anew later, by a better file
_COLUMNS: Final = frozenset({"kind", "place_id", "radius_km"})

label(
    {
        Frequency.AT_ONCE: N_("sofort"),
        Frequency.DAILY: N_("täglich, morgens um 6 Uhr"),
        Frequency.WEEKLY: N_("wöchentlich, montags um 6 Uhr"),
        Frequency.NEVER: N_("nie, nur hier ansehen"),
    }
)


class TooManySearches(Conflict):
    code: ClassVar[str] = "too_many_searches"
    text: ClassVar[str] = N_(
        "Sie haben schon 50 Suchaufträge. Bitte löschen Sie einen, den Sie nicht mehr brauchen."
    )


Label = Annotated[
    str, Line(80), Asked(N_("Bezeichnung"), N_("Unter diesem Namen melden wir Ihnen Treffer."))
]
HowOften = Annotated[
    Frequency, Asked(N_("Wann möchten Sie erfahren, was neu ist?"), widget="radios")
]


class SearchDraft(BaseModel):
    """A search to keep: what it is called, how often it is told of, and its filters."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "label": "Halle in der Nähe",
                    "frequency": "daily",
                    "filters": {"kind": "space_offer", "place": "44649", "radius_km": 20},
                }
            ]
        },
    )

    label: Label
    frequency: HowOften = Frequency.DAILY
    filters: Annotated[
        PostFilters, Field(description="Those of `GET /posts`; `order` makes no difference.")
    ]


class SearchPatch(BaseModel):
    """Changes to a search; what is left out or null stays as it is, filters as a whole."""

    model_config = ConfigDict(extra="forbid")

    label: Label | None = None
    frequency: HowOften | None = None
    filters: PostFilters | None = None


async def save_search(session: Session, actor: Actor, draft: SearchDraft) -> SavedSearch:
    """Keep a search. What fits it today is among its hits, but is not told of.

    Refuses filters that narrow nothing or that no list would take, and more than 50 searches.
    """
    if actor.person_id is None:
        raise SignInRequired
    filters = await _meant(session, draft.filters)
    # Whoever adds searches at the same time waits here, so that nobody gets more than the most.
    await session.execute(
        select(Person.id).where(Person.id == actor.person_id).with_for_update(key_share=True)
    )
    count = select(func.count()).where(SavedSearch.person_id == actor.person_id)
    if (await session.scalar(count) or 0) >= MOST:
        raise TooManySearches
    search = SavedSearch(
        person_id=actor.person_id,
        label=draft.label,
        frequency=draft.frequency,
        **_kept(draft.filters, filters),
    )
    session.add(search)
    await session.flush()
    await catch_up(session, actor, search, filters, is_due=False)
    return search


async def change_search(
    session: Session,
    actor: Actor,
    search_id: UUID,
    patch: SearchPatch,
    *,
    expected: int | None = None,
) -> SavedSearch:
    """Change a search. What newly fits other filters is told of, what no longer fits is not."""
    search = await own_search(session, actor, search_id)
    if expected is not None and expected != search.version:
        raise Stale
    if patch.label is not None:
        search.label = patch.label
    if patch.frequency is not None and patch.frequency != search.frequency:
        search.frequency = patch.frequency
        if patch.frequency == Frequency.NEVER:
            await settle(session, [search.id])
    if patch.filters is not None:
        filters = await _meant(session, patch.filters)
        kept = _kept(patch.filters, filters)
        if any(getattr(search, name) != value for name, value in kept.items()):
            for name, value in kept.items():
                setattr(search, name, value)
            await settle(session, [search.id])
            is_due = search.frequency != Frequency.NEVER
            await catch_up(session, actor, search, filters, is_due=is_due)
    await session.flush()
    return search


async def delete_search(
    session: Session, actor: Actor, search_id: UUID, *, expected: int | None = None
) -> None:
    """Keep a search no more, nor its hits."""
    search = await own_search(session, actor, search_id)
    if expected is not None and expected != search.version:
        raise Stale
    await session.delete(search)
    await session.flush()


async def own_search(session: Session, actor: Actor, search_id: UUID) -> SavedSearch:
    """Return a search of the actor's, locked until commit; nobody else's is there."""
    if actor.person_id is None:
        raise SignInRequired
    if not actor.has_scope("searches:write"):
        raise Forbidden
    search = await session.scalar(
        select(SavedSearch)
        .where(SavedSearch.id == search_id, SavedSearch.person_id == actor.person_id)
        .with_for_update()
    )
    if search is None:
        raise NotFound
    return search


async def settle(session: Session, search_ids: list[UUID]) -> None:
    """Tell no more of what was found so far."""
    await session.execute(
        update(SearchHit)
        .where(SearchHit.search_id.in_(search_ids), SearchHit.is_due)
        .values(is_due=False)
    )


async def _meant(session: Session, wanted: PostFilters) -> Filters:
    """Return what filters mean; they must be such as the list of posts takes, and narrow it."""
    try:
        filters = await filters_of(SessionReader(session), wanted)
    except Invalid as refusal:
        errors = [
            FieldError(("filters", *one.path), one.code, one.text, one.params)
            for one in refusal.errors
        ]
        raise Invalid(*errors) from None
    if not filters.params:
        text = N_("Schränken Sie zuerst ein, wonach gesucht werden soll.")
        raise Invalid(FieldError(("filters",), "nothing_asked", text))
    return filters


def _kept(wanted: PostFilters, filters: Filters) -> dict[str, Any]:
    """Return the columns of a search: what was asked, and what it is compared by."""
    asked = wanted.model_dump(mode="json", exclude_none=True, exclude={"order"})
    asked = {name: _short(value) for name, value in asked.items() if value is not False}  # unticked
    columns: dict[str, Any] = {
        "query": asked,
        "wanted": {
            name: _plain(value) for name, value in filters.params.items() if name not in _COLUMNS
        },
        "kind": filters.kind or "",
        "place_id": filters.place_id,
        "radius_km": filters.radius_km,
        "south": -90.0,
        "north": 90.0,
        "west": -180.0,
        "east": 180.0,
    }
    if filters.radius_km and filters.point:
        box = bounding_box(*filters.point, filters.radius_km + _MARGIN_KM)
        columns |= {
            "south": box.south, "north": box.north, "west": box.west, "east": box.east
        }  # fmt: skip
    return columns


def _short(value: Any) -> Any:
    """Return a number as people write it, without decimals that say nothing."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, bool | int | float) else str(value)
