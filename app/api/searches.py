"""JSON endpoints for the searches that one keeps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import (
    PREFIX,
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    Paged,
    listing,
    operation,
    tagged,
)
from app.api.post_shapes import PostSummaryOut, summary
from app.core.actor import Actor
from app.core.errors import NotFound, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.places.lookup import PlaceUnknown
from app.features.searches.own import HitView, list_hits, list_searches, read_search
from app.features.searches.saving import (
    SearchDraft,
    SearchPatch,
    TooManySearches,
    change_search,
    delete_search,
    save_search,
)
from app.models.searches import Frequency

router = ContractRouter(prefix="/searches", tags=["searches"])


class SavedSearchOut(Out):
    """A search that you keep."""

    id: UUID
    label: str
    frequency: Frequency
    filters: dict[str, Any] = Field(description="As parameters of `GET /posts`.")
    hits: int = Field(description="How many posts were found that you may see now.")
    created_at: datetime


class SearchHitOut(Out):
    """A post that fits a search, and why."""

    post: PostSummaryOut
    reasons: list[str] = Field(description="In plain words, in your language.")
    found_at: datetime


def _shape(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": row.label,
        "frequency": row.frequency,
        "filters": row.query,
        "hits": row.hits,
        "created_at": row.created_at,
    }


def _hit(view: HitView) -> dict[str, Any]:
    return {
        "post": summary(view.row),
        "reasons": view.reasons,
        "found_at": view.row.found_at,
    }


async def _answer(request: Request, reader: Reader, actor: Actor, search_id: UUID) -> Any:
    row = await read_search(reader, actor, search_id)
    tagged(request, row.version)
    return _shape(row)


@router.get(
    "",
    response_model=Listing[SavedSearchOut],
    summary="List the searches you keep",
    **operation(scope="searches:read", refuses=(BadCursor,)),
)
async def searches(
    paged: Paged, reader: Reads, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """List your searches, newest first."""
    page = await list_searches(reader, actor, paged.paging)
    return listing(page.map(_shape), request, response)


@router.post(
    "",
    status_code=201,
    response_model=SavedSearchOut,
    summary="Keep a search",
    **operation(scope="searches:write", refuses=(PlaceUnknown, TooManySearches), has_body=True),
)
async def add(
    draft: SearchDraft, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Keep any filter of `GET /posts`, and be told of what newly fits it, each post once."""
    search = await save_search(tx, actor, draft)
    response.headers["Location"] = f"{PREFIX}/searches/{search.id}"
    return await _answer(request, SessionReader(tx), actor, search.id)


@router.get(
    "/{search_id}",
    response_model=SavedSearchOut,
    summary="Read a search you keep",
    **operation(scope="searches:read", refuses=(NotFound,)),
)
async def read(search_id: UUID, reader: Reads, actor: CurrentActor, request: Request) -> Any:
    """Read a search of yours; nobody else can."""
    return await _answer(request, reader, actor, search_id)


@router.patch(
    "/{search_id}",
    response_model=SavedSearchOut,
    summary="Change a search",
    **operation(scope="searches:write", refuses=(NotFound, Stale, PlaceUnknown), has_body=True),
)
async def change(
    search_id: UUID,
    patch: SearchPatch,
    expected: ExpectedVersion,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Change what is given. With other filters, what fits them now is told of too."""
    await change_search(tx, actor, search_id, patch, expected=expected)
    return await _answer(request, SessionReader(tx), actor, search_id)


@router.delete(
    "/{search_id}",
    status_code=204,
    summary="Keep a search no more",
    **operation(scope="searches:write", refuses=(NotFound, Stale)),
)
async def remove(search_id: UUID, expected: ExpectedVersion, tx: Tx, actor: CurrentActor) -> None:
    """Delete a search and its hits."""
    await delete_search(tx, actor, search_id, expected=expected)


@router.get(
    "/{search_id}/hits",
    response_model=Listing[SearchHitOut],
    summary="List what was found for a search",
    **operation(scope="searches:read", refuses=(NotFound, BadCursor)),
)
async def hits(
    search_id: UUID,
    paged: Paged,
    reader: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List the posts found that you may see now, latest found first."""
    _, page = await list_hits(reader, actor, search_id, paged.paging)
    return listing(page.map(_hit), request, response)
