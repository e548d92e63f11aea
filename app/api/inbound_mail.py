"""Where a mail server hands over what has come in: raw messages, signed with a shared secret."""

import hashlib
import hmac
import re
from typing import Annotated, Any, Final

from fastapi import Header, Request
from pydantic import Field

from app.api.contract import ContractRouter, Out, operation
from app.core import clock
from app.core.errors import NotFound
from app.core.i18n import N_
from app.core.settings import settings
from app.edge.deps import Tx
from app.edge.identity import BadCredentials
from app.features.notifications.answering import Outcome, take_mail

MAX_MAIL: Final = 10 * 1024 * 1024
SECONDS_VALID: Final = 300

router = ContractRouter(prefix="/inbound_mail", tags=["notifications"])


class BadSignature(BadCredentials):
    code = "bad_signature"
    text = N_("Die Signatur dieser Anfrage stimmt nicht, oder sie ist zu alt.")


class InboundOut(Out):
    """What became of a mail."""

    outcome: Outcome = Field(description="None of them is a reason to send the mail again.")


_OPERATION: Final = operation(refuses=(NotFound, BadSignature), has_body=True)
_OPERATION["openapi_extra"]["requestBody"] = {
    "required": True,
    "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
}


@router.post(
    "",
    response_model=InboundOut,
    summary="Hand over a mail",
    max_body_size=MAX_MAIL,
    **_OPERATION,
)
async def take(
    request: Request,
    tx: Tx,
    kontor_signature: Annotated[str, Header(max_length=200)] = "",
) -> Any:
    """Take a mail as it came over the wire (RFC 5322), from a mail server of the operator's.

    `Kontor-Signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>` under the
    shared secret, at most five minutes old. Not there unless the operator takes mail.
    """
    inbound = settings().inbound
    if not inbound.secret or not inbound.takes_mail:
        raise NotFound
    raw = await request.body()
    _check(kontor_signature, raw, inbound.secret.get_secret_value())
    return {"outcome": await take_mail(tx, raw)}


def _check(signature: str, raw: bytes, secret: str) -> None:
    found = re.fullmatch(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", signature)
    if found is None:
        raise BadSignature
    at, given = found.groups()
    due = hmac.digest(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).hex()
    is_fresh = abs(clock.now().timestamp() - int(at)) <= SECONDS_VALID
    if not (hmac.compare_digest(due, given) and is_fresh):
        raise BadSignature
