"""A certificate of attendance as a PDF: one page, in the language of who was there.

The same certificate always makes the same bytes. Of the person there is the name on the page and
nothing in what describes the file.
"""

import asyncio
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import segno
from babel import dates, units
from starlette.responses import Response

from app.core.i18n import N_, Locale, as_locale, translate
from app.core.settings import settings

if TYPE_CHECKING:
    from fpdf import FPDF

_FONTS: Final = Path(__file__).parent / "fonts"
_MARGIN: Final = 25.0  # millimetres, as is all of this
_WIDTH: Final = 210.0 - 2 * _MARGIN
_QR: Final = 32.0
_NOT: Final = "\0"  # in place of a letter that the fonts have not
_LEFT_OUT: Final = re.compile(rf"{_NOT}(\s*{_NOT})*")


class PdfResponse(Response):
    """A document as PDF."""

    media_type = "application/pdf"


async def certificate_response(certificate: Any, name: str) -> PdfResponse:
    """Answer with the certificate that somebody called ``name`` was issued."""
    content = await asyncio.to_thread(write_certificate, certificate, name)
    file_name = f"teilnahme-{certificate.code.lower()}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{file_name}"'}
    return PdfResponse(content, headers=headers)


def grouped(code: str) -> str:
    """Return a code in groups of four, as people read it."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def address_of(code: str) -> str:
    """Return where anybody checks a certificate."""
    return f"{settings().base_url.rstrip('/')}/certificates/{grouped(code)}"


def write_certificate(certificate: Any, name: str) -> bytes:
    """Return the certificate as the bytes of a PDF."""
    locale = as_locale(certificate.locale)
    pdf = _sheet(certificate, locale)
    _say(pdf, certificate.organizer, 11)
    pdf.ln(28)
    _say(pdf, translate(N_("Teilnahmebescheinigung"), locale), 26, bold=True)
    pdf.ln(12)
    _say_name(pdf, name, locale)
    pdf.ln(4)
    _say(pdf, translate(N_("hat teilgenommen an"), locale), 12)
    pdf.ln(4)
    _say(pdf, certificate.title, 16, bold=True)
    pdf.ln(8)
    _say(pdf, _when(certificate, locale), 12)
    if certificate.venue:
        _say(pdf, certificate.venue, 12)
    pdf.ln(16)
    issued = dates.format_date(_local(certificate.issued_at, certificate), "long", locale)
    said = translate(
        N_("Ausgestellt von %(organizer)s am %(day)s."),
        locale,
        organizer=certificate.organizer,
        day=issued,
    )
    _say(pdf, said, 11)
    _foot(pdf, certificate.code, locale)
    return bytes(pdf.output())


def _sheet(certificate: Any, locale: Locale) -> "FPDF":
    from fpdf import FPDF  # noqa: PLC0415 - half a second, for few

    pdf = FPDF(format="A4")
    pdf.add_font("Serif", "", _FONTS / "DejaVuSerif.ttf")
    pdf.add_font("Serif", "B", _FONTS / "DejaVuSerif-Bold.ttf")
    pdf.set_margins(_MARGIN, 30, _MARGIN)
    pdf.set_auto_page_break(auto=False)
    pdf.set_title(translate(N_("Teilnahmebescheinigung"), locale))
    pdf.set_author(certificate.organizer)
    pdf.set_lang(locale)
    pdf.set_creator("Kontor")
    pdf.set_creation_date(certificate.issued_at)
    pdf.add_page()
    return pdf


def _say(pdf: "FPDF", text: str, size: float, *, bold: bool = False) -> None:
    pdf.set_font("Serif", "B" if bold else "", size)
    height = size * 0.5
    shown = _LEFT_OUT.sub("…", "".join(one if _has(pdf, one) else _NOT for one in text))
    pdf.multi_cell(_WIDTH, height, shown, align="L", new_x="LMARGIN", new_y="NEXT")


def _say_name(pdf: "FPDF", name: str, locale: Locale) -> None:
    """Print a name whole, or leave a line for it: nobody is certified under half a name."""
    if all(_has(pdf, letter) for letter in name):
        _say(pdf, name, 20, bold=True)
        return
    pdf.ln(12)
    pdf.line(_MARGIN, pdf.get_y(), _MARGIN + _WIDTH * 0.75, pdf.get_y())
    pdf.ln(2)
    said = N_(
        "Name: bitte von Hand eintragen, da er sich hier nicht in seiner Schrift drucken lässt"
    )
    _say(pdf, translate(said, locale), 9)


def _has(pdf: "FPDF", letter: str) -> bool:
    """Whether the shipped letters have one; they are those of Latin, Greek and Cyrillic."""
    letters: Any = pdf.fonts["serif"]
    return letter.isspace() or letters.cmap.get(ord(letter)) is not None


def _local(at: datetime, certificate: Any) -> datetime:
    return at.astimezone(ZoneInfo(certificate.time_zone))


def _when(certificate: Any, locale: Locale) -> str:
    """Return day, times and duration."""
    starts, ends = (_local(at, certificate) for at in (certificate.starts_at, certificate.ends_at))
    day = dates.format_date(starts, "full", locale)
    if starts.date() != ends.date():
        return f"{day} – {dates.format_date(ends, 'full', locale)}"
    minutes = int((ends - starts).total_seconds()) // 60
    amounts = ((minutes // 60, "hour"), (minutes % 60, "minute"))
    lasts = " ".join(units.format_unit(n, unit, locale=locale) for n, unit in amounts if n)
    said = {"day": day, "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "duration": lasts}
    return translate(N_("%(day)s, %(starts)s bis %(ends)s Uhr (%(duration)s)"), locale, **said)


def _foot(pdf: "FPDF", code: str, locale: Locale) -> None:
    """Say how the certificate is checked, beside a code that telephones read."""
    top = 297 - _MARGIN - _QR
    squares = [list(row) for row in segno.make(address_of(code), error="m", micro=False).matrix]
    size = _QR / len(squares)
    pdf.set_fill_color(0, 0, 0)
    for down, row in enumerate(squares):
        for right, is_dark in enumerate(row):
            if is_dark:
                x, y = _MARGIN + right * size, top + down * size
                pdf.rect(x, y, size, size, style="F")
    pdf.set_xy(_MARGIN + _QR + 8, top)
    pdf.set_font("Serif", "", 9)
    said = translate(
        N_("Prüfcode: %(code)s\nOb diese Bescheinigung gilt, steht unter:\n%(address)s"),
        locale,
        code=grouped(code),
        address=address_of(code),
    )
    pdf.multi_cell(_WIDTH - _QR - 8, 5.5, said, align="L")
