"""The one table that turns refusals into status codes, and faults into refusals."""

from collections.abc import Sequence
from typing import Any, get_args

import psycopg.errors
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from pydantic_core.core_schema import ErrorType
from sqlalchemy.exc import DBAPIError, TimeoutError as QueuePoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from app.core.errors import (
    Conflict,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    Refusal,
    SignInRequired,
    Stale,
    TooMany,
    Unavailable,
)
from app.core.i18n import N_
from app.core.images import FileTooLarge, UnsupportedFile
from app.core.paging import BadCursor
from app.edge.identity import BadCredentials, TwoCredentials
from app.features.accounts.sessions import WrongCredentials
from app.features.media.uploading import QuotaReached


class BadRequest(Refusal):
    code = "bad_request"
    text = N_("Diese Anfrage ist nicht lesbar.")


class TooSlow(Refusal):
    """The content of a request came in too slowly; the connection is closed."""

    code = "too_slow"
    text = N_("Ihre Anfrage kam zu langsam bei uns an. Bitte versuchen Sie es noch einmal.")


class TooLarge(Refusal):
    code = "too_large"
    text = N_("Das ist zu groß.")


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    text = N_("Das geht an dieser Adresse nicht.")


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    text = N_("Dieses Format wird hier nicht angenommen.")


class NotAcceptable(Refusal):
    code = "not_acceptable"
    text = N_("Hier gibt es nur einen Strom von Ereignissen (Accept: text/event-stream).")


class Fault(Refusal):
    code = "fault"
    text = N_("Hier ist etwas schiefgegangen. Wir sehen es in unserem Protokoll.")


STATUS: dict[type[Refusal], int] = {
    BadRequest: 400,
    BadCursor: 400,
    TwoCredentials: 400,
    SignInRequired: 401,
    BadCredentials: 401,
    WrongCredentials: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    TooSlow: 408,
    Conflict: 409,
    Gone: 410,
    Stale: 412,
    TooLarge: 413,
    FileTooLarge: 413,
    QuotaReached: 413,
    UnsupportedMediaType: 415,
    UnsupportedFile: 415,
    Invalid: 422,
    TooMany: 429,
    Fault: 500,
    Unavailable: 503,
}
_BY_STATUS: dict[int, type[Refusal]] = {
    400: BadRequest,
    404: NotFound,
    405: MethodNotAllowed,
    408: TooSlow,
    413: TooLarge,
    415: UnsupportedMediaType,
    422: Invalid,
}

# What pydantic calls a mistake, and how we say it; other types say the first line.
_MESSAGES: dict[str, str] = {
    "": N_("Diese Angabe ist ungültig."),
    "missing": N_("Bitte füllen Sie dieses Feld aus."),
    "extra_forbidden": N_("Dieses Feld ist hier unbekannt."),
    "string_too_short": N_("Bitte geben Sie mindestens %(min_length)s Zeichen ein."),
    "string_too_long": N_("Bitte geben Sie höchstens %(max_length)s Zeichen ein."),
    "too_short": N_("Bitte geben Sie mindestens %(min_length)s Einträge an."),
    "too_long": N_("Bitte geben Sie höchstens %(max_length)s Einträge an."),
    "greater_than": N_("Der Wert muss größer als %(gt)s sein."),
    "greater_than_equal": N_("Der Wert muss mindestens %(ge)s sein."),
    "less_than": N_("Der Wert muss kleiner als %(lt)s sein."),
    "less_than_equal": N_("Der Wert darf höchstens %(le)s sein."),
    "int_parsing": N_("Bitte geben Sie eine ganze Zahl ein."),
    "int_type": N_("Bitte geben Sie eine ganze Zahl ein."),
    "float_parsing": N_("Bitte geben Sie eine Zahl ein."),
    "finite_number": N_("Bitte geben Sie eine Zahl ein."),
    "date_from_datetime_parsing": N_("Bitte geben Sie ein Datum an, zum Beispiel 14.01.2027."),
    "date_parsing": N_("Bitte geben Sie ein Datum an, zum Beispiel 14.01.2027."),
    "enum": N_("Bitte wählen Sie einen der angebotenen Werte."),
    "literal_error": N_("Bitte wählen Sie einen der angebotenen Werte."),
    "uuid_parsing": N_("Bitte geben Sie eine gültige Kennung an."),
    "json_invalid": N_("Das ist kein gültiges JSON."),
}
# Our own mistakes (PydanticCustomError) bring their German text as their message.
_KINDS_OF_PYDANTIC = frozenset(get_args(ErrorType))


def field_errors(errors: Sequence[Any], *, skip: int = 0) -> list[FieldError]:
    """Say pydantic's errors in our words; ``skip`` drops the first parts of each location.

    What was sent is never repeated. A validator of a whole model may say ``at`` which of its
    fields an error is.
    """
    said = []
    for error in errors:
        kind = str(error["type"])
        context = {
            name: value
            for name, value in error.get("ctx", {}).items()
            if isinstance(value, int | float) or (isinstance(value, str) and name != "error")
        }
        ours = kind not in _KINDS_OF_PYDANTIC
        text = error["msg"] if ours else _MESSAGES.get(kind, _MESSAGES[""])
        path = tuple(part for part in error["loc"][skip:] if part != "__root__")
        if ours and (field := context.pop("at", None)):
            path = (*path, str(field))
        said.append(FieldError(path, kind, text, context))
    return said


def status_of(refusal: Refusal | type[Refusal]) -> int:
    """Return the HTTP status of a refusal: that of its nearest ancestor in the table."""
    kind = refusal if isinstance(refusal, type) else type(refusal)
    return next(STATUS[known] for known in kind.__mro__ if known in STATUS)


def as_refusal(error: Exception) -> Refusal:  # noqa: PLR0911 - one a kind of error
    """Turn whatever ended a request into a refusal; a fault where it is our own."""
    match error:
        case Refusal():
            return error
        case RequestValidationError():
            errors = error.errors()
            if any(item["type"] == "json_invalid" for item in errors):
                return BadRequest()
            return Invalid(*field_errors(errors, skip=1))
        case HTTPException():
            return _BY_STATUS.get(error.status_code, BadRequest)()
        case StaleDataError():
            return Stale()
        case PoolTimeout() | QueuePoolTimeout():
            return Unavailable()
        case DBAPIError():
            return _of_database(error.orig)
        case psycopg.Error():
            return _of_database(error)
    return Fault()


def _of_database(error: object) -> Refusal:
    passing = (
        psycopg.errors.LockNotAvailable,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.SerializationFailure,
        psycopg.errors.QueryCanceled,
        psycopg.errors.DiskFull,
        psycopg.errors.TooManyConnections,
        psycopg.errors.OperationalError,
    )
    return Unavailable(retry_after=2) if isinstance(error, passing) else Fault()
