"""What requests bring must come at some pace: nobody holds a place by sending next to nothing.

How much it may be is said by its route (``max_body_size``) and counted as it comes.
"""

import asyncio
import time

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 20  # for the content of a request
BYTES_A_SECOND = 32 * 1024  # that much content earns another second


class PacedContent:
    """Ends requests whose content comes too slowly, and has their content counted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; reading its content fails with 408 once it is late.

        What length it announces is not passed on: Starlette would answer too large a number by
        itself, in plain English, where content that is too large is a refusal like any other.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began: float | None = None
        received, complete = 0, False

        async def receive_in_time() -> Message:
            nonlocal began, received, complete
            if complete:
                return await receive()  # waits for the client to leave
            now = time.monotonic()
            began = now if began is None else began
            left = began + SECONDS + received / BYTES_A_SECOND - now
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError:
                # An HTTPException, because FastAPI takes any other for unreadable content.
                raise HTTPException(408) from None
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            return message

        headers = [header for header in scope["headers"] if header[0] != b"content-length"]
        await self._app({**scope, "headers": headers}, receive_in_time, send)
