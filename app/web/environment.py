"""The Jinja environment: autoescaped, strict about names, and without any text of its own."""

import hashlib
import re
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
import segno
from babel import dates, numbers
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.core import clock
from app.core.asking import label_of
from app.core.i18n import catalogue, current_locale, translate
from app.core.ids import new_id
from app.edge.wording import day, exactly, hour, long_day, month_named, number, weekday
from app.web.metadata import breadcrumbs

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def static(name: str) -> str:
    """Return the address of a file of ours; it changes when the file does."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def _lastday(end: datetime) -> str:
    """Return the last day before an end, which is the day people name: "gilt bis 31.01."."""
    return day(end - timedelta(microseconds=1))


def _when(at: datetime) -> str:
    """Say how long ago it was, up to a week; else the date."""
    ago = clock.now() - at
    if ago.days >= 7:  # noqa: PLR2004 - a week
        return day(at)
    return dates.format_timedelta(-ago, add_direction=True, locale=current_locale.get())


def _money(amount: float) -> str:
    """Write euros, with cents where there are any: "1.200", "6,20"."""
    pattern = "#,##0" if float(amount).is_integer() else "#,##0.00"
    return numbers.format_decimal(amount, pattern, locale=current_locale.get())


def _stored(html: str) -> Markup:
    """Trust HTML that core.text rendered and sanitised before it was stored."""
    return Markup(html)  # noqa: S704 - the one place


def _phone(number: str) -> str:
    """Say a number as one dials it: German ones nationally, others with their country's code."""
    parsed = phonenumbers.parse(number, "DE")
    kinds = phonenumbers.PhoneNumberFormat
    german = parsed.country_code == 49  # noqa: PLR2004 - Germany
    return phonenumbers.format_number(parsed, kinds.NATIONAL if german else kinds.INTERNATIONAL)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _qr(text: str) -> Markup:
    """Draw a text as a QR code; what it is for, the page says beside it."""
    drawn = segno.make(text, error="m", micro=False).svg_inline(
        border=4, light="#fff", omitsize=True
    )
    return Markup(drawn)  # noqa: S704 - lines alone, nothing of the text stands in it


def _said(text: str) -> str:
    """Translate a text that a variable holds; its places, which are filled elsewhere, show as …."""
    return re.sub(r"%\(\w+\)s", "…", translate(text))


def _labelled(member: StrEnum) -> str:
    return translate(label_of(member))


def _gettext(text: str) -> str:
    return translate(text)


def _ngettext(one: str, many: str, count: int) -> str:
    return catalogue(current_locale.get()).ngettext(one, many, count)


@pass_context
def _link(context: Context, **changes: Any) -> str:
    """Return the present address with other query parameters (None takes one away)."""
    url = context["request"].url.remove_query_params(["notice"])
    gone = [name for name, value in changes.items() if value is None]
    kept = {name: value for name, value in changes.items() if value is not None}
    url = url.remove_query_params(gone).include_query_params(**kept)
    return f"{url.path}?{url.query}" if url.query else str(url.path)


@cache
def environment() -> Environment:
    """Return the environment, made once."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(
        date=day,
        lastday=_lastday,
        longdate=long_day,
        when=_when,
        exactly=exactly,
        clock=hour,
        month=month_named,
        weekday=weekday,
        number=number,
        money=_money,
        stored=_stored,
        phone=_phone,
        host=_host,
        qr=_qr,
        said=_said,
        labelled=_labelled,
    )
    made.globals.update(breadcrumbs=breadcrumbs)
    made.globals.update(static=static, form_id=lambda: str(new_id()), link=_link)
    return made
