"""Pages for personal access tokens."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core import clock
from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.paging import Paging
from app.edge.deps import Reads, Tx
from app.edge.kept_answers import keep_instead
from app.features.accounts import tokens
from app.features.accounts.tokens import TokenDraft, TokenLabel, TokenScopes
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/settings/tokens")


class Lasts(StrEnum):
    """For how many days a token is good."""

    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"


label({Lasts.MONTH: N_("30 Tage"), Lasts.QUARTER: N_("90 Tage"), Lasts.YEAR: N_("1 Jahr")})


class TokenForm(BaseModel):
    """A token as the page asks for it: with a span instead of a moment."""

    model_config = ConfigDict(extra="forbid")

    label: TokenLabel
    scopes: TokenScopes
    lasts: Annotated[Lasts, Asked(N_("Gilt"))] = Lasts.QUARTER


@router.get("")
async def overview(page: CurrentPage, reads: Reads, cursor: str | None = None) -> Response:
    """List the tokens, and ask for another."""
    found = await tokens.list_tokens(reads, page.actor, Paging(cursor=cursor))
    form = page.blank(TokenForm)
    return await page.render("settings/tokens.html", form=form, tokens=found, cursor=cursor)


@router.post("")
async def create(page: CurrentPage, tx: Tx, reads: Reads, request: Request) -> Response:
    """Show the new token's secret, this once."""
    found = await tokens.list_tokens(reads, page.actor, Paging())
    template = "settings/tokens.html"
    form = await page.form(TokenForm, template, tokens=found, cursor=None)
    draft = TokenDraft(
        label=form.label,
        scopes=form.scopes,
        expires_at=clock.now() + timedelta(days=int(form.lasts)),
    )
    token, secret = await tokens.create_token(tx, page.actor, draft)
    keep_instead(request, page.go("/settings/tokens", "account.token_created"))
    return await page.render(
        "settings/new_token.html", label=token.label, secret=secret, expires_at=token.expires_at
    )


@router.post("/{token_id}/revoke")
async def revoke(token_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """End a token."""
    await tokens.revoke_token(tx, page.actor, token_id)
    return page.go("/settings/tokens", "account.token_revoked")
