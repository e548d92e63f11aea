"""Businesses to hand over, under a reference; the counterpart of ``succession_wanted``."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Prose
from app.features.posts.bands import (
    EmployeesBand,
    MoneyBand,
    PriceBand,
    price_range,
    sizes_of,
)
from app.features.posts.facets import choice, flag, includes
from app.features.posts.inquiry_forms import InquiryFields, InquiryForm
from app.features.posts.kinds import Cell, Details, Kind, Lifetime, Shown, Topic, refuse
from app.features.posts.succession import RULE
from app.features.posts.telltales import telltales
from app.reference.codes import (
    DivisionCode,
    LegalFormCode,
    SectionCode,
    choices_of,
    division_choices,
    said,
    section_choices,
)
from app.reference.sectors import WZ_2008, divisions, section_of, sections
from app.reference.tables import legal_forms


class Occasion(StrEnum):
    """Why a business is handed over."""

    AGE = "age"
    NEW_DIRECTION = "new_direction"
    HEALTH = "health"
    GROWTH = "growth"
    OTHER = "other"


class HandoverForm(StrEnum):
    """In what way a business changes hands."""

    SHARE_SALE = "share_sale"
    ASSET_SALE = "asset_sale"
    ACTIVE_STAKE = "active_stake"
    LEASE = "lease"
    MANAGEMENT_BUYOUT = "management_buyout"
    MANAGEMENT_BUYIN = "management_buyin"


class Premises(StrEnum):
    """Whose the premises are, and whether they go along."""

    SOLD_ALONG = "sold_along"
    LET_BY_OWNER = "let_by_owner"
    RENTED = "rented"
    NONE = "none"


class Timing(StrEnum):
    """When a business is to change hands."""

    AT_ONCE = "at_once"
    WITHIN_YEAR = "within_year"
    ONE_TO_THREE_YEARS = "one_to_three_years"
    LATER = "later"


label(
    {
        Occasion.AGE: N_("Altersnachfolge"),
        Occasion.NEW_DIRECTION: N_("Neuorientierung"),
        Occasion.HEALTH: N_("Gesundheit"),
        Occasion.GROWTH: N_("Wachstum oder Beteiligung"),
        Occasion.OTHER: N_("Sonstiges"),
        HandoverForm.SHARE_SALE: N_("Verkauf von Anteilen"),
        HandoverForm.ASSET_SALE: N_("Verkauf von Vermögensgegenständen (Asset Deal)"),
        HandoverForm.ACTIVE_STAKE: N_("Tätige Beteiligung"),
        HandoverForm.LEASE: N_("Verpachtung"),
        HandoverForm.MANAGEMENT_BUYOUT: N_("Übergabe an Mitarbeitende (MBO)"),
        HandoverForm.MANAGEMENT_BUYIN: N_("Externe Führung (MBI)"),
        Premises.SOLD_ALONG: N_("Eigentum, im Verkauf enthalten"),
        Premises.LET_BY_OWNER: N_("Eigentum, zur Miete"),
        Premises.RENTED: N_("gemietet"),
        Premises.NONE: N_("keine"),
        Timing.AT_ONCE: N_("sofort"),
        Timing.WITHIN_YEAR: N_("innerhalb von 12 Monaten"),
        Timing.ONE_TO_THREE_YEARS: N_("in 1 bis 3 Jahren"),
        Timing.LATER: N_("in mehr als 3 Jahren"),
    }
)

_BUSINESS = N_("Betrieb")
_FIGURES = N_("Zahlen, nur als Spanne")
_HANDOVER = N_("Übergabe")
_MORE = N_("Weitere Angaben zum Betrieb")
_MOST_FORMS = len(HandoverForm)


class SuccessionOffer(Details):
    kind: Annotated[Literal["succession_offer"], Asked(N_("Art"), widget="hidden")] = (
        "succession_offer"
    )
    wz2008_section: Annotated[
        SectionCode,
        Field(description="Section of WZ 2008."),
        Asked(N_("Branche"), choices=section_choices, widget="select", group=_BUSINESS),
    ]
    wz2008_division: Annotated[
        DivisionCode | None,
        Field(description="Division of WZ 2008, within `wz2008_section`."),
        Asked(N_("Genauere Branche"), choices=division_choices, widget="select", group=_BUSINESS),
    ] = None
    employees_band: Annotated[
        EmployeesBand,
        Field(description="People employed, the owner not counted."),
        Asked(N_("Mitarbeitende"), group=_FIGURES),
    ]
    revenue_band_teur: Annotated[
        MoneyBand | None,
        Field(description="Revenue of the last year, in thousands of euros."),
        Asked(N_("Letzter Jahresumsatz (TEUR)"), group=_FIGURES),
    ] = None
    price_band_teur: Annotated[
        PriceBand,
        Field(description="What is asked for it, in thousands of euros."),
        Asked(N_("Preisvorstellung (TEUR)"), group=_FIGURES),
    ] = PriceBand.NOT_STATED
    occasion: Annotated[Occasion, Asked(N_("Anlass"), group=_HANDOVER)]
    handover_forms: Annotated[
        list[HandoverForm],
        Field(min_length=1, max_length=_MOST_FORMS),
        Asked(N_("Art der Übergabe"), group=_HANDOVER),
    ]
    timing: Annotated[Timing, Asked(N_("Zeitpunkt"), group=_HANDOVER)]
    legal_form: Annotated[
        LegalFormCode | None,
        Asked(
            N_("Rechtsform"),
            choices=choices_of(legal_forms),
            widget="select",
            group=_MORE,
            folded=True,
        ),
    ] = None
    founded_decade: Annotated[
        Annotated[int, Field(ge=1500, le=2100, multiple_of=10)] | None,
        Field(description="First year of the decade in which it was founded, such as 1980."),
        Asked(
            N_("Gründungsjahrzehnt"),
            hint=N_("Das erste Jahr, etwa 1980"),
            group=_MORE,
            folded=True,
            is_year=True,
        ),
    ] = None
    premises: Annotated[Premises | None, Asked(N_("Immobilie"), group=_MORE, folded=True)] = None
    introduces_successor: Annotated[
        bool, Asked(N_("Einarbeitung wird angeboten"), group=_MORE, folded=True)
    ] = False
    master_required: Annotated[
        bool,
        Field(description="A master's certificate is required (crafts code, annex A)."),
        Asked(N_("Meisterpflicht (Anlage A der Handwerksordnung)"), group=_MORE, folded=True),
    ] = False
    licence_required: Annotated[
        bool, Asked(N_("Konzession oder Erlaubnis nötig"), group=_MORE, folded=True)
    ] = False

    @model_validator(mode="after")
    def _division_lies_in_section(self) -> "SuccessionOffer":
        check_division(self.wz2008_section, self.wz2008_division)
        return self


class SuccessionInterest(InquiryFields):
    """What who is interested says of themselves; when they said so, the inquiry keeps."""

    kind: Annotated[Literal["succession_offer"], Asked(N_("Art"), widget="hidden")] = (
        "succession_offer"
    )
    profile: Annotated[
        str,
        Prose(3_000, 20),
        Asked(
            N_("Kurzprofil"),
            hint=N_(
                "Wer Sie sind, was Sie mitbringen und was Sie suchen; ohne Ihren Namen, wenn Sie "
                "ihn noch nicht nennen wollen."
            ),
            widget="textarea",
        ),
    ]
    keeps_confidential: Annotated[
        bool,
        Asked(
            N_(
                "Ich behandle alles, was ich über diesen Betrieb erfahre, vertraulich und gebe es "
                "nicht weiter."
            )
        ),
    ] = False

    @model_validator(mode="after")
    def _is_confidential(self) -> "SuccessionInterest":
        if not self.keeps_confidential:
            text = N_("Ohne Vertraulichkeitserklärung geht die Anfrage nicht hinaus.")
            refuse("confidentiality_missing", text)
        return self


def check_division(section: str | None, division: str | None) -> None:
    """Refuse a division of WZ 2008 that lies in another section."""
    if division and section_of(division, WZ_2008) != section:
        refuse("division_of_another_section", N_("Diese Branchen gehören nicht zusammen."))


def _title(details: SuccessionOffer) -> str:
    if details.wz2008_division:
        named = divisions(WZ_2008)[details.wz2008_division]
    else:
        named = sections(WZ_2008)[details.wz2008_section]
    return f"Unternehmensnachfolge: {said(named, 'de')}"[:120]


def _cell(details: SuccessionOffer) -> Cell:
    return Cell(details.wz2008_division or details.wz2008_section, sizes_of(details.employees_band))


def _structured(post: Shown) -> dict[str, Any]:
    """Return the offer as schema.org has it: what is sold and where about, and not by whom."""
    section = sections(WZ_2008)[post.details["wz2008_section"]]
    told: dict[str, Any] = {
        "@type": "Offer",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "identifier": post.reference,
        "category": said(section),
        "businessFunction": "http://purl.org/goodrelations/v1#Sell",
        "availability": "https://schema.org/InStock",
        "itemOffered": {"@type": "Thing", "name": post.title},
    }
    if band := price_range(post.details.get("price_band_teur")):
        told["priceSpecification"] = {"@type": "PriceSpecification", "priceCurrency": "EUR", **band}
    if post.expires_at:
        told["validThrough"] = post.expires_at
    if post.place:
        told["areaServed"] = post.place | {"@type": "AdministrativeArea"}
    return told


LIFETIME = Lifetime(days=182, longest_days=1_096, reminders=(30, 7, 1))

THREAD_DAYS = 365  # after its end; law.md 4.2

KIND = Kind(
    SuccessionOffer,
    label=N_("Nachfolge-Angebot"),
    plural=N_("Nachfolge-Angebote"),
    hint=N_("Ein Betrieb sucht eine Nachfolge; Sie bleiben unter einer Chiffre verborgen"),
    example=SuccessionOffer(
        wz2008_section="C",
        wz2008_division="10",
        employees_band=EmployeesBand.TO_20,
        revenue_band_teur=MoneyBand.TO_1000,
        price_band_teur=PriceBand.NEGOTIABLE,
        occasion=Occasion.AGE,
        handover_forms=[HandoverForm.ASSET_SALE],
        timing=Timing.ONE_TO_THREE_YEARS,
        premises=Premises.RENTED,
        introduces_successor=True,
        master_required=True,
    ),
    structured=_structured,
    topic=Topic.SUCCESSION,
    lifetime=LIFETIME,
    facets=(
        choice(SuccessionOffer, "wz2008_section"),
        choice(SuccessionOffer, "employees_band"),
        choice(SuccessionOffer, "revenue_band_teur"),
        choice(SuccessionOffer, "price_band_teur"),
        includes(SuccessionOffer, "handover_forms", "handover_form"),
        choice(SuccessionOffer, "timing"),
        flag(SuccessionOffer, "master_required"),
    ),
    title=_title,
    examine=telltales,
    prefix="NAC",
    conceals=lambda _: True,
    cell=_cell,
    rule=RULE,
    inquiry=InquiryForm(
        label=N_("Interesse bekunden"),
        fields=SuccessionInterest,
        thread_days=THREAD_DAYS,
        offers=("succession_wanted",),
    ),
    on_card=("employees_band", "revenue_band_teur", "price_band_teur", "timing"),
)
