"""JSON endpoints for what follows from a deal: the exact addresses of a transport."""

from typing import Any
from uuid import UUID

from app.api.contract import ContractRouter, operation
from app.api.inquiry_shapes import AddressesOut, addresses_shape
from app.core.errors import NotFound
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.deals.addresses import AddressesDraft, NoStops, keep_addresses, own_addresses
from app.features.posts.access import PostGone

router = ContractRouter(tags=["inquiries"])


@router.get(
    "/posts/{post_id}/addresses",
    response_model=AddressesOut,
    summary="Read the addresses of a transport of yours",
    **operation(scope="posts:read", refuses=(NotFound, NoStops)),
)
async def addresses(post_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """Read where exactly it is loaded and unloaded; for who keeps the post."""
    return addresses_shape(await own_addresses(reader, actor, post_id))


@router.put(
    "/posts/{post_id}/addresses",
    response_model=AddressesOut,
    summary="Keep the addresses of a transport of yours",
    **operation(scope="posts:write", refuses=(NotFound, PostGone, NoStops), has_body=True),
)
async def keep(post_id: UUID, draft: AddressesDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Say where exactly it is loaded and unloaded.

    Besides you, nobody learns it but the other side of an inquiry that is accepted, and as long as
    it is (`addresses` of the inquiry). What is left out becomes empty.
    """
    await keep_addresses(tx, actor, post_id, draft)
    return addresses_shape(await own_addresses(SessionReader(tx), actor, post_id))
