"""Who wants to take a business over; the counterpart of ``succession_offer``."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.text import Line
from app.features.posts.bands import EmployeesBand, MoneyBand, price_range
from app.features.posts.facets import choice, flag, includes
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import Details, Examined, Finding, Kind, Shown, Topic
from app.features.posts.kinds.succession_offer import (
    LIFETIME,
    THREAD_DAYS,
    HandoverForm,
    Timing,
)
from app.features.posts.succession import RULE
from app.features.posts.telltales import telltales
from app.reference.codes import DivisionCode, SectionCode, said, section_choices
from app.reference.sectors import WZ_2008, sections

MAX_SECTIONS = 8
MAX_DIVISIONS = 12
_SOUGHT = N_("Gesuchter Betrieb")
_OWN = N_("Suchprofil")


class SuccessionWanted(Details):
    kind: Annotated[Literal["succession_wanted"], Asked(N_("Art"), widget="hidden")] = (
        "succession_wanted"
    )
    wz2008_sections: Annotated[
        list[SectionCode],
        Field(min_length=1, max_length=MAX_SECTIONS, description="Sections of WZ 2008."),
        Asked(
            N_("Branchen"),
            hint=N_("Höchstens acht"),
            choices=section_choices,
            widget="checkboxes",
            group=_SOUGHT,
        ),
    ]
    wz2008_divisions: Annotated[
        list[DivisionCode],
        Field(max_length=MAX_DIVISIONS, description="Divisions of WZ 2008 that fit best."),
        Asked(
            N_("Am liebsten in diesen WZ-Abteilungen"),
            hint=N_("Zweistellig, mit Komma getrennt: 10, 47"),
            widget="tags",
            group=_SOUGHT,
        ),
    ] = Field(default_factory=list)
    employees_band: Annotated[
        EmployeesBand | None, Asked(N_("Mitarbeitende"), nothing=N_("gleich"), group=_SOUGHT)
    ] = None
    handover_forms: Annotated[
        list[HandoverForm],
        Field(min_length=1, max_length=len(HandoverForm)),
        Asked(N_("Art der Übergabe"), group=_SOUGHT),
    ]
    timing: Annotated[Timing, Asked(N_("Zeitpunkt"), group=_SOUGHT)]
    budget_band_teur: Annotated[
        MoneyBand | None,
        Field(description="What can be paid, in thousands of euros."),
        Asked(N_("Budget (TEUR)"), group=_OWN),
    ] = None
    equity_band_teur: Annotated[
        MoneyBand | None,
        Field(description="Own capital, in thousands of euros."),
        Asked(N_("Eigenkapital (TEUR)"), group=_OWN),
    ] = None
    qualification: Annotated[
        str,
        Line(200, 0),
        Asked(N_("Qualifikation"), hint=N_("Beruf, Studium, Erfahrung"), group=_OWN),
    ] = ""
    has_master: Annotated[bool, Asked(N_("Meisterbrief vorhanden"), group=_OWN)] = False
    has_led: Annotated[bool, Asked(N_("Führungserfahrung"), group=_OWN)] = False
    is_anonymous: Annotated[
        bool,
        Field(description="Published under its reference only; this cannot be changed later."),
        Asked(
            N_("Unter Chiffre veröffentlichen"),
            hint=N_("Ihr Name erscheint dann nirgends. Das lässt sich später nicht ändern."),
        ),
    ] = True


def examine_if_anonymous(post: Examined) -> list[Finding]:
    """Find what gives away who is behind a post, where it does not say so."""
    return list(telltales(post)) if post.details.is_anonymous else []


def _title(details: SuccessionWanted) -> str:
    named = [said(sections(WZ_2008)[code], "de") for code in details.wz2008_sections]
    return f"Betrieb zur Übernahme gesucht: {', '.join(named)}"[:120]


def _structured(post: Shown) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@type": "Demand",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "identifier": post.reference,
        "businessFunction": "http://purl.org/goodrelations/v1#Buy",
    }
    if not post.details["is_anonymous"]:
        told["seller"] = post.author  # schema.org's word for who makes a Demand
    if band := price_range(post.details.get("budget_band_teur")):
        told["priceSpecification"] = {"@type": "PriceSpecification", "priceCurrency": "EUR", **band}
    if post.expires_at:
        told["validThrough"] = post.expires_at
    if post.place:
        told["areaServed"] = post.place | {"@type": "AdministrativeArea"}
    return told


KIND = Kind(
    SuccessionWanted,
    label=N_("Nachfolge-Gesuch"),
    plural=N_("Nachfolge-Gesuche"),
    hint=N_("Sie wollen einen Betrieb übernehmen oder sich beteiligen"),
    example=SuccessionWanted(
        wz2008_sections=["C", "G"],
        wz2008_divisions=["10"],
        employees_band=EmployeesBand.TO_10,
        handover_forms=[HandoverForm.ASSET_SALE, HandoverForm.SHARE_SALE],
        timing=Timing.WITHIN_YEAR,
        budget_band_teur=MoneyBand.TO_500,
        qualification=N_("Bäckermeisterin"),
        has_master=True,
        has_led=True,
    ),
    structured=_structured,
    topic=Topic.SUCCESSION,
    lifetime=LIFETIME,
    facets=(
        includes(SuccessionWanted, "wz2008_sections"),
        choice(SuccessionWanted, "employees_band"),
        choice(SuccessionWanted, "budget_band_teur"),
        includes(SuccessionWanted, "handover_forms", "handover_form"),
        choice(SuccessionWanted, "timing"),
        flag(SuccessionWanted, "has_master"),
    ),
    title=_title,
    examine=examine_if_anonymous,
    prefix="NAG",
    conceals=lambda details: details.is_anonymous,
    rule=RULE,
    inquiry=InquiryForm(
        label=N_("Interesse bekunden"), thread_days=THREAD_DAYS, offers=("succession_offer",)
    ),
    on_card=("employees_band", "budget_band_teur", "timing", "has_master"),
)
