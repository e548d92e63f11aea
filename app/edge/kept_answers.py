"""One effect for a request, however often it is sent: answers kept by ``Idempotency-Key``.

The key is written in the transaction of the effect. A duplicate that arrives meanwhile waits
for that row, then gets the first answer again; if the first one failed, nothing was kept and the
duplicate runs. Refusals have no effect and are not kept.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable

from psycopg.errors import LockNotAvailable
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession as Session
from starlette.requests import Request
from starlette.responses import Response

from app.core.errors import Conflict, Invalid, Refusal
from app.core.i18n import N_
from app.core.secret import signing_key
from app.models.idempotency import KeptAnswer

MAX_KEY_LENGTH = 255
_KEPT_HEADERS = ("content-type", "location", "etag")


class KeyReused(Invalid):
    code = "key_reused"
    text = N_("Dieser Idempotency-Key gehört zu einer anderen Anfrage.")


class InProgress(Conflict):
    code = "in_progress"
    text = N_("Diese Anfrage wird gerade schon bearbeitet.")


class BadKey(Invalid):
    code = "bad_idempotency_key"
    text = N_("Ein Idempotency-Key hat 1 bis 255 sichtbare ASCII-Zeichen.")


def checked_key(key: str) -> str:
    """Return ``key`` if it can be one."""
    if not re.fullmatch(f"[!-~]{{1,{MAX_KEY_LENGTH}}}", key):
        raise BadKey
    return key


async def once(
    session: Session,
    request: Request,
    subject: str,
    key: str,
    answer: Callable[[], Awaitable[Response]],
) -> Response:
    """Return the answer kept under ``key``, or produce it with ``answer`` and keep it."""
    print_ = await _fingerprint(request)
    try:
        fresh = await session.scalar(
            insert(KeptAnswer)
            .values(subject=subject, key=key, fingerprint=print_, headers={}, body=b"")
            .on_conflict_do_nothing()
            .returning(KeptAnswer.key)
        )
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise InProgress from None
        raise
    if fresh is None:
        return await _recalled(session, subject, key, print_)
    try:
        response = await answer()
    except Refusal as refusal:
        if refusal.keeps_writes:
            await _forget(session, subject, key)
        raise
    if getattr(request.state, "answers_anew", False):
        await _forget(session, subject, key)
    else:
        await _keep(session, subject, key, getattr(request.state, "kept_instead", response))
    return response


def answer_anew(request: Request) -> None:
    """Have this request carried out again if it is repeated: its answer sets a cookie."""
    request.state.answers_anew = True


def keep_instead(request: Request, response: Response) -> None:
    """Answer a repetition of this request with ``response``: the answer itself tells a secret."""
    request.state.kept_instead = response


async def _forget(session: Session, subject: str, key: str) -> None:
    await session.execute(
        delete(KeptAnswer).where(KeptAnswer.subject == subject, KeptAnswer.key == key)
    )


async def _recalled(session: Session, subject: str, key: str, print_: bytes) -> Response:
    kept = await session.get(KeptAnswer, (subject, key))
    if kept is None or kept.status is None:
        raise InProgress
    if kept.fingerprint != print_:
        raise KeyReused
    return Response(
        kept.body, kept.status, headers={**kept.headers, "idempotency-replayed": "true"}
    )


async def _keep(session: Session, subject: str, key: str, response: Response) -> None:
    await session.flush()
    await session.execute(
        update(KeptAnswer)
        .where(KeptAnswer.subject == subject, KeptAnswer.key == key)
        .values(
            status=response.status_code,
            headers={
                name: value for name in _KEPT_HEADERS if (value := response.headers.get(name))
            },
            body=_without_secret(bytes(response.body)),
        )
    )


def _without_secret(body: bytes) -> bytes:
    if b'"secret"' not in body:
        return body
    content = json.loads(body)
    if isinstance(content, dict) and "secret" in content:
        content["secret"] = None
    return json.dumps(content).encode()


async def _fingerprint(request: Request) -> bytes:
    body = await request.body()
    _, _, boundary = request.headers.get("content-type", "").partition("boundary=")
    if boundary:  # a client draws a new one for each attempt
        body = body.replace(boundary.strip('"').encode(), b"")
    asked = f"{request.method} {request.scope['path']}?{request.url.query}\n".encode()
    # Keyed, because the body may hold a password: whoever reads this table cannot try guesses.
    return hmac.digest(signing_key().encode(), asked + body, "sha256")
