"""JSON endpoints for what the page of a sector has beside the lists narrowed to it."""

from typing import Any

from fastapi import Request, Response

from app.api.contract import ContractRouter, Listing, Paged, listing, operation
from app.api.groups import GroupListedOut
from app.api.statistics import SectorKey
from app.core.errors import NotFound
from app.core.paging import BadCursor
from app.edge.deps import CurrentActor, Reads
from app.features.feed.sector_groups import groups_of_sector
from app.reference.codes import section_or_division

router = ContractRouter(tags=["groups"])


@router.get(
    "/sectors/{sector}/groups",
    response_model=Listing[GroupListedOut],
    summary="List the groups in which a sector has its say",
    **operation(scope="groups:read", public=True, refuses=(BadCursor, NotFound)),
)
async def groups(
    sector: SectorKey,
    paged: Paged,
    reads: Reads,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """List the groups where newer posts of a sector stand that you may read, the latest first.

    Of a sector are posts of its companies, and those that name it themselves. Its people,
    companies and posts are `GET /contacts`, `GET /companies` and `GET /posts` with `sector`.
    """
    if section_or_division(sector) is None:
        raise NotFound
    page = await groups_of_sector(reads, actor, sector, paged.paging)
    return listing(page, request, response)
