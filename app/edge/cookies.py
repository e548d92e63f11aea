"""The cookies of this platform: one names a session, one a known browser, one a language."""

from datetime import timedelta
from functools import cache

from starlette.responses import Response

from app.core.i18n import Locale
from app.core.settings import settings
from app.features.accounts.sessions import DEVICE_LASTS, LASTS, Entry

LANGUAGE_COOKIE = "lang"
LANGUAGE_LASTS = timedelta(days=365)


@cache
def session_cookie() -> str:
    """Return the cookie's name; over https the browser itself guards its origin."""
    return "__Host-sid" if settings().is_https else "sid"


@cache
def device_cookie() -> str:
    """Return the name of the cookie by which a browser that has signed in before is known."""
    return "__Host-device" if settings().is_https else "device"


def remember_entry(response: Response, entry: Entry) -> None:
    """Hand the secrets of a new session to the browser."""
    _set(response, session_cookie(), entry.secret, LASTS)
    _set(response, device_cookie(), entry.device, DEVICE_LASTS)


def forget_session(response: Response) -> None:
    """Have the browser forget its session, and what it kept of the pages seen in it."""
    _set(response, session_cookie(), "", timedelta(0))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def remember_language(response: Response, locale: Locale) -> None:
    """Have the browser say which language its reader chose."""
    _set(response, LANGUAGE_COOKIE, locale, LANGUAGE_LASTS)


def _set(response: Response, name: str, value: str, lasts: timedelta) -> None:
    response.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path="/",
        secure=settings().is_https,
        httponly=True,
        samesite="lax",
    )
