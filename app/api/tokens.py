"""JSON endpoints for personal access tokens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.api.contract import PREFIX, ContractRouter, Listing, Out, Paged, listing, operation
from app.core.errors import NotFound
from app.core.i18n import translate
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.accounts import tokens
from app.features.accounts.policy import SessionRequired
from app.features.accounts.tokens import SCOPES, TokenDraft

router = ContractRouter(prefix="/accounts", tags=["accounts"])


class ScopeOut(Out):
    scope: str
    label: str = Field(description="In the language of the request.")


class ScopesOut(Out):
    items: list[ScopeOut]


class TokenOut(Out):
    id: UUID
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewTokenOut(TokenOut):
    """A new token, with the secret that is told only now."""

    secret: str | None = Field(
        description="The bearer token. Null where an earlier answer is repeated."
    )


@router.get(
    "/scopes", response_model=ScopesOut, summary="List what tokens can be allowed", **operation()
)
async def list_scopes() -> dict[str, Any]:
    """Return every scope, in the order in which the pages offer them."""
    return {"items": [{"scope": scope, "label": translate(text)} for scope, text in SCOPES.items()]}


@router.get(
    "/tokens",
    response_model=Listing[TokenOut],
    summary="List your access tokens",
    **operation(session_only=True, refuses=(SessionRequired,)),
)
async def list_tokens(
    page: Paged, reads: Reads, actor: CurrentActor, request: Request, response: Response
) -> dict[str, Any]:
    """Return those that are not revoked, the newest first."""
    return listing(await tokens.list_tokens(reads, actor, page.paging), request, response)


@router.post(
    "/tokens",
    status_code=201,
    response_model=NewTokenOut,
    summary="Create an access token",
    **operation(session_only=True, refuses=(SessionRequired,), has_body=True),
)
async def create_token(
    draft: TokenDraft, tx: Tx, actor: CurrentActor, response: Response
) -> dict[str, Any]:
    """Create a token; its secret is in this answer and nowhere else."""
    token, secret = await tokens.create_token(tx, actor, draft)
    response.headers["Location"] = f"{PREFIX}/accounts/tokens/{token.id}"
    return {**TokenOut.model_validate(token).model_dump(), "secret": secret}


@router.get(
    "/tokens/{token_id}",
    response_model=TokenOut,
    summary="Read one of your access tokens",
    **operation(session_only=True, refuses=(SessionRequired, NotFound)),
)
async def read_token(token_id: UUID, reads: Reads, actor: CurrentActor) -> Any:
    """Return a token without its secret."""
    return await tokens.find_token(reads, actor, token_id)


@router.delete(
    "/tokens/{token_id}",
    status_code=204,
    summary="Revoke one of your access tokens",
    **operation(session_only=True, refuses=(SessionRequired, NotFound)),
)
async def revoke_token(token_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """End a token at once; doing so twice changes nothing."""
    await tokens.revoke_token(tx, actor, token_id)
