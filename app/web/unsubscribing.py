"""The page at which a key from a mail stops mails like it, without signing in (RFC 8058)."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.edge.deps import Tx
from app.features.notifications.unsubscribing import list_of, unsubscribe
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/unsubscribe")
Key = Annotated[str, Query(max_length=500)]


@router.get("")
async def ask(key: Key, page: CurrentPage) -> Response:
    """Show what the key would stop; nothing happens before the button is pressed."""
    about = list_of(key)
    return await page.render(
        "notifications/unsubscribe.html", key=key, is_done=False, about=about, searches=[]
    )


@router.post("")
async def stop(key: Key, page: CurrentPage, tx: Tx) -> Response:
    """Stop the mails, as the page or a mail program asks for."""
    about = list_of(key)
    stopped = await unsubscribe(tx, about)
    return await page.render(
        "notifications/unsubscribe.html", key=key, is_done=True, about=about, searches=stopped
    )
