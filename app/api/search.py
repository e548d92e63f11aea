"""JSON endpoints for searching everything with one box."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.contract import (
    ContractRouter,
    Listing,
    Out,
    PageParams,
    listing,
    operation,
)
from app.core.paging import BadCursor
from app.core.text import Line
from app.edge.deps import CurrentActor, Reads
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.features.search.asking import MAX_QUESTION, SearchQuery, search_of
from app.features.search.counting import count_hits
from app.features.search.finding import MOST, NothingAsked, find
from app.features.search.showing import show_hits
from app.features.search.suggesting import suggest
from app.models.search import Thing

router = ContractRouter(prefix="/search", tags=["search"])
_REFUSES = (NothingAsked, PlaceUnknown, PlaceAmbiguous)


class SearchParams(SearchQuery, PageParams):
    """What is searched for, and which part of the hits."""


class HitOut(Out):
    """Something that was found."""

    thing: Thing
    id: UUID
    title: str = Field(description="Name of the thing; of a reply, the title of its post.")
    excerpt: str
    path: str = Field(description="Of its page.")
    said_at: datetime | None = Field(description="Of posts and replies.")
    kind: str | None = Field(description="Of posts and replies.")
    reference: str | None
    place: str | None
    post_id: UUID | None
    author: str | None = Field(description="Null where the post is concealed.")
    company: str | None
    group: str | None
    points: int = Field(description="See the page on how lists are ordered; 0 by other orders.")
    distance_km: float | None = Field(description="From `place`, as the crow flies.")
    next_at: datetime | None = Field(description="Of events: when the next date begins.")


class HitsOut(Listing[HitOut]):
    """A part of the hits."""

    is_forgiving: bool = Field(
        description="There was hardly anything, so words spelt alike count as well."
    )


class CountsOut(Out):
    """How many hits there are, by facet and value; `all` counts each of them once, under ``""``."""

    more: list[Thing] = Field(
        description=f"Things of which there are more than {MOST}; counted are the newest {MOST}."
    )
    counts: dict[str, dict[str, int]] = Field(
        description="By `all`, `thing`, `kind` (of posts) and `sector`; by `place` and `group` "
        "(ids) of the 20 with the most."
    )


class SuggestionOut(Out):
    """Something to search for, or with a path something to go to."""

    text: str
    thing: Thing | None
    path: str | None


class SuggestionsOut(Out):
    """What may be meant."""

    items: list[SuggestionOut]


class Typed(BaseModel):
    """What somebody has typed so far."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Line(MAX_QUESTION, 0)] = ""


@router.get(
    "",
    response_model=HitsOut,
    summary="Search everything",
    **operation(scope="search:read", public=True, refuses=(*_REFUSES, BadCursor)),
)
async def search(
    query: Annotated[SearchParams, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Find people, companies, groups, posts, replies and places that you may see."""
    asked = await search_of(reader, query)
    found = await find(reader, actor, asked, query.paging)
    shown = listing(await show_hits(reader, actor, found.page, asked.place), request, response)
    return {**shown, "is_forgiving": found.is_forgiving}


@router.get(
    "/facets",
    response_model=CountsOut,
    summary="Count hits by their facets",
    **operation(scope="search:read", public=True, refuses=_REFUSES),
)
async def facets(query: Annotated[SearchQuery, Query()], reader: Reads, actor: CurrentActor) -> Any:
    """Count the hits that you may see: by thing, kind of post, sector, place and group."""
    found = await count_hits(reader, actor, await search_of(reader, query))
    return {"more": sorted(found.more), "counts": found.by}


@router.get(
    "/suggestions",
    response_model=SuggestionsOut,
    summary="Suggest what may be meant",
    **operation(scope="search:read", public=True),
)
async def suggestions(typed: Annotated[Typed, Query()], reader: Reads, actor: CurrentActor) -> Any:
    """Suggest words and names, at most eight, while somebody is typing."""
    return {"items": await suggest(reader, actor, typed.q)}
