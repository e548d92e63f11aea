"""E-mail addresses: which are taken, and when two of them are the same.

email-validator accepts local parts (``=?utf-8?q?…?=``) that the standard library decodes into a
second recipient when it writes the header; so the characters of a local part are listed here.
"""

import re
from typing import Annotated, Any, Final

from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_after_validator_function, str_schema

from app.core.i18n import N_

MAX_ADDRESS: Final = 254  # RFC 5321, 4.5.3.1.3
MAX_LOCAL: Final = 64  # RFC 5321, 4.5.3.1.1
_LOCAL = r"[A-Za-z0-9!#$%&'*+/^_{}|~-]+(?:\.[A-Za-z0-9!#$%&'*+/^_{}|~-]+)*"
_DECLARED = rf"^{_LOCAL}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.)+[A-Za-z]{{2,63}}$"


def _parsed(value: str) -> ValidatedEmail | None:
    local = value.rpartition("@")[0]
    if len(value) > MAX_ADDRESS or len(local) > MAX_LOCAL or not re.fullmatch(_LOCAL, local):
        return None
    try:
        return validate_email(
            value,
            allow_smtputf8=False,
            allow_quoted_local=False,
            allow_domain_literal=False,
            check_deliverability=False,
        )
    except (EmailNotValidError, ValueError):
        return None


def read_address(value: str) -> str:
    """Return an address as mail is sent to it: local part as written, domain in ASCII."""
    parsed = _parsed(value.strip(" \t"))
    if parsed is None or parsed.ascii_email is None:
        code = "invalid_email"
        text = N_(
            "Bitte geben Sie eine E-Mail-Adresse wie name@firma.de an, ohne Umlaute vor dem @."
        )
        raise PydanticCustomError(code, text)
    return parsed.ascii_email


def canonical_email(address: str) -> str:
    """Return what an address is compared by: all in small letters, the domain in ASCII.

    Dots and ``+suffixes`` tell addresses apart: who receives them is for their domain to say.
    """
    return read_address(address).casefold()


class _EmailAddress:
    """An e-mail address, as pydantic metadata."""

    def __get_pydantic_core_schema__(
        self, source: type[str], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read a string, then the address in it."""
        return no_info_after_validator_function(read_address, str_schema())

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Declare the form."""
        declared: dict[str, Any] = {"format": "email", "maxLength": MAX_ADDRESS}
        return handler(schema) | declared | {"pattern": _DECLARED}


EmailAddress = Annotated[str, _EmailAddress()]
