"""Whether an e-mail address belongs to a company's website: the same domain, to the letter."""

from urllib.parse import urlsplit

import idna
from pydantic_core import PydanticCustomError

from app.core.addresses import read_address

# Mail at these domains is anybody's, so it proves nothing about a company.
_ANYBODYS = frozenset(
    {
        "aol.com", "arcor.de", "freenet.de", "gmail.com", "gmx.de", "gmx.net", "googlemail.com",
        "hotmail.com", "icloud.com", "live.de", "me.com", "outlook.com", "outlook.de",
        "posteo.de", "proton.me", "t-online.de", "web.de", "yahoo.com", "yahoo.de",
    }
)  # fmt: skip


def website_domain(website: str) -> str | None:
    """Return the domain of a web page in its ASCII form, without ``www.``; None if unreadable."""
    try:
        return _ascii(urlsplit(website).hostname or "").removeprefix("www.") or None
    except (ValueError, idna.IDNAError):
        return None


def is_at_domain(address: str, domain: str) -> bool:
    """Whether ``address`` is at exactly ``domain``: no subdomain, no look-alike, in any case.

    Both are compared in small letters and ASCII (A-labels). Addresses at providers that give
    them to anybody never fit.
    """
    try:
        read_address(address)
        wanted, given = _ascii(domain), _ascii(address.strip(" \t").rpartition("@")[2])
    except (PydanticCustomError, idna.IDNAError):
        return False
    return bool(wanted) and given == wanted and given not in _ANYBODYS


def _ascii(domain: str) -> str:
    """Return the A-labels of a domain; what only becomes letters by folding is refused."""
    return domain.lower() if domain.isascii() else idna.encode(domain).decode("ascii")
