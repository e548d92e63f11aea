"""Partners for import and export, distribution and manufacturing: each post offers and seeks."""

import re
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from babel import Locale as BabelLocale
from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from app.core.asking import Asked, label
from app.core.i18n import N_, Locale
from app.core.text import Line, Prose, sort_key
from app.features.posts.cooperation import RULE, Cooperation
from app.features.posts.facets import choice, includes
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import (
    Cell,
    Details,
    Examined,
    Finding,
    Kind,
    Lifetime,
    Shown,
    Topic,
    refuse,
)
from app.features.posts.kinds.succession_offer import check_division
from app.features.posts.telltales import telltales
from app.reference import tables
from app.reference.codes import (
    DivisionCode,
    Language,
    SectionCode,
    choices_of,
    division_choices,
    section_choices,
)


class Direction(StrEnum):
    """Which way the goods go."""

    IMPORT = "import"
    EXPORT = "export"
    DOMESTIC = "domestic"


class Certificate(StrEnum):
    """A certificate of a business or its goods."""

    ISO_9001 = "iso_9001"
    ISO_14001 = "iso_14001"
    ISO_13485 = "iso_13485"
    ISO_27001 = "iso_27001"
    ISO_45001 = "iso_45001"
    ISO_50001 = "iso_50001"
    IATF_16949 = "iatf_16949"
    EN_9100 = "en_9100"
    CE = "ce"
    ORGANIC = "organic"
    IFS = "ifs"
    FSC = "fsc"
    AEO = "aeo"


class Incoterm(StrEnum):
    """A term of delivery, Incoterms 2020."""

    EXW = "EXW"
    FCA = "FCA"
    CPT = "CPT"
    CIP = "CIP"
    DAP = "DAP"
    DPU = "DPU"
    DDP = "DDP"
    FAS = "FAS"
    FOB = "FOB"
    CFR = "CFR"
    CIF = "CIF"


label(
    {
        Direction.IMPORT: N_("Import"),
        Direction.EXPORT: N_("Export"),
        Direction.DOMESTIC: N_("Inland"),
        Certificate.ISO_9001: "ISO 9001",
        Certificate.ISO_14001: "ISO 14001",
        Certificate.ISO_13485: "ISO 13485",
        Certificate.ISO_27001: "ISO 27001",
        Certificate.ISO_45001: "ISO 45001",
        Certificate.ISO_50001: "ISO 50001",
        Certificate.IATF_16949: "IATF 16949",
        Certificate.EN_9100: "EN 9100",
        Certificate.CE: "CE",
        Certificate.ORGANIC: N_("Bio"),
        Certificate.IFS: "IFS Food",
        Certificate.FSC: "FSC",
        Certificate.AEO: N_("AEO (zugelassener Wirtschaftsbeteiligter)"),
    }
)


@cache
def countries(locale: Locale) -> dict[str, str]:
    """Return the names of countries by their ISO 3166-1 code of two letters."""
    names = BabelLocale(locale).territories
    no_country = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    return {
        code: names[code]
        for code in sorted(names)
        if re.fullmatch("[A-Z]{2}", code) and code not in no_country
    }


@cache
def _codes() -> dict[str, str]:
    return {
        sort_key(name): code for locale in ("en", "de") for code, name in countries(locale).items()
    }


def _country(given: Any) -> str:
    text = str(given).strip()
    code = text.upper() if text.upper() in countries("de") else _codes().get(sort_key(text), "")
    if not code:
        unknown = "unknown_country"
        raise PydanticCustomError(
            unknown, N_("Bitte nennen Sie Länder mit Namen oder zwei Buchstaben: Niederlande, PL.")
        )
    return code


def country_choices(locale: Locale) -> list[tuple[str, str]]:
    """Return code and name of every country."""
    return list(countries(locale).items())


Country = Annotated[
    str,
    BeforeValidator(_country),
    WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$", "examples": ["NL", "PL"]}),
]


def _digits(given: Any) -> Any:
    return re.sub(r"[\s.]", "", given) if isinstance(given, str) else given


HsCode = Annotated[
    str,
    BeforeValidator(_digits),
    Field(pattern=r"^[0-9]{2,6}$", max_length=6),
]

_GOODS = N_("Ware")
_TERMS = N_("Zolltarifnummer, Menge, Lieferbedingung")
_CERTIFIED = N_("Zertifikate und Sprachen")
_MOST = 20


class TradePartner(Details):
    kind: Annotated[Literal["trade_partner"], Asked(N_("Art"), widget="hidden")] = "trade_partner"
    cooperations: Annotated[
        list[Cooperation],
        Field(min_length=1, max_length=len(Cooperation)),
        Asked(N_("Art der Zusammenarbeit")),
    ]
    direction: Annotated[Direction, Asked(N_("Richtung"))]
    countries: Annotated[
        list[Country],
        Field(min_length=1, max_length=_MOST, description="ISO 3166-1, two letters."),
        Asked(
            N_("Länder"),
            hint=N_("Mit Komma getrennt: Niederlande, Polen"),
            widget="tags",
            choices=country_choices,
        ),
    ]
    wz2008_section: Annotated[
        SectionCode | None,
        Field(description="Section of WZ 2008."),
        Asked(N_("Branche"), choices=section_choices, widget="select", group=_GOODS),
    ] = None
    wz2008_division: Annotated[
        DivisionCode | None,
        Field(description="Division of WZ 2008, within `wz2008_section`."),
        Asked(N_("Genauere Branche"), choices=division_choices, widget="select", group=_GOODS),
    ] = None
    partner_profile: Annotated[
        str,
        Prose(2_000, 0),
        Asked(N_("Wen Sie suchen"), widget="textarea", rows=4),
    ] = ""
    hs_code: Annotated[
        HsCode | None,
        Field(description="Heading of the customs tariff, 2 to 6 digits, such as 9031."),
        Asked(
            N_("Zolltarifnummer (HS)"),
            hint=N_("2 bis 6 Ziffern, zum Beispiel 9031"),
            group=_TERMS,
            folded=True,
        ),
    ] = None
    quantity_per_year: Annotated[
        Annotated[float, Field(gt=0, le=1_000_000_000)] | None,
        Field(description="In `unit`."),
        Asked(N_("Menge im Jahr"), group=_TERMS, folded=True),
    ] = None
    unit: Annotated[
        str,
        Line(20, 0),
        Asked(N_("Einheit"), hint=N_("Zum Beispiel Stück, t, Paletten"), group=_TERMS, folded=True),
    ] = ""
    incoterm: Annotated[
        Incoterm | None,
        Field(description="Incoterms 2020."),
        Asked(N_("Lieferbedingung (Incoterms 2020)"), group=_TERMS, folded=True),
    ] = None
    needs_certificate_of_origin: Annotated[
        bool,
        Asked(
            N_("Ursprungszeugnis nötig"),
            hint=N_(
                "Wer es ausstellt, finden Sie unter Ansprechpartner beim Thema Außenwirtschaft."
            ),
            group=_TERMS,
            folded=True,
        ),
    ] = False
    certificates: Annotated[
        list[Certificate],
        Field(max_length=len(Certificate), description="Those held."),
        Asked(N_("Unsere Zertifikate"), group=_CERTIFIED, folded=True),
    ] = Field(default_factory=list)
    required_certificates: Annotated[
        list[Certificate],
        Field(max_length=len(Certificate), description="Those that a partner must hold."),
        Asked(N_("Vom Partner verlangte Zertifikate"), group=_CERTIFIED, folded=True),
    ] = Field(default_factory=list)
    languages: Annotated[
        list[Language],
        Field(max_length=_MOST, description="ISO 639-1."),
        Asked(
            N_("Sprachen"),
            choices=choices_of(tables.languages),
            widget="checkboxes",
            group=_CERTIFIED,
            folded=True,
        ),
    ] = Field(default_factory=list)
    is_anonymous: Annotated[
        bool,
        Field(description="Published under its reference only; this cannot be changed later."),
        Asked(
            N_("Unter Chiffre veröffentlichen"),
            hint=N_("Ihr Name erscheint dann nirgends. Das lässt sich später nicht ändern."),
        ),
    ] = False

    @model_validator(mode="after")
    def _parts_fit(self) -> "TradePartner":
        check_division(self.wz2008_section, self.wz2008_division)
        if self.quantity_per_year is not None and not self.unit:
            refuse("unit_missing", N_("Zu einer Menge gehört eine Einheit."), at="unit")
        return self


def _examine(post: Examined) -> list[Finding]:
    details: TradePartner = post.details
    found = list(telltales(post)) if details.is_anonymous else []
    if details.direction == Direction.EXPORT:
        text = N_(
            "Bitte prüfen Sie, ob Ihre Ware der Ausfuhrkontrolle unterliegt (Güter mit doppeltem "
            "Verwendungszweck, Embargos)."
        )
        found.append(Finding(("details", "direction"), "export_control", text))
    return found


_SEEKING = frozenset(
    {
        Cooperation.SUPPLIER_WANTED,
        Cooperation.MANUFACTURING_WANTED,
        Cooperation.LICENCE_WANTED,
    }
)


def _structured(post: Shown) -> dict[str, Any]:
    """Return the post as schema.org has it: who pays makes a Demand, who receives an Offer."""
    seeks = bool(_SEEKING & set(post.details["cooperations"]))
    told: dict[str, Any] = {
        "@type": "Demand" if seeks else "Offer",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "identifier": post.reference,
        "eligibleRegion": [
            {"@type": "Country", "name": code} for code in post.details["countries"]
        ],
    }
    if not post.details["is_anonymous"]:
        told["seller" if seeks else "offeredBy"] = post.author
    if post.expires_at:
        told["validThrough"] = post.expires_at
    return told


KIND = Kind(
    TradePartner,
    label=N_("Handelspartner"),
    plural=N_("Handelspartner"),
    hint=N_("Import, Export, Vertretung, Fertigung, Lizenz: Partner hier und anderswo"),
    example=TradePartner(
        cooperations=[Cooperation.SALES_PARTNER_WANTED],
        direction=Direction.IMPORT,
        countries=["NL", "PL"],
        hs_code="9031",
        wz2008_section="C",
        wz2008_division="26",
        incoterm=Incoterm.DAP,
        certificates=[Certificate.ISO_9001],
        languages=["de", "en"],
    ),
    structured=_structured,
    topic=Topic.TRADE,
    lifetime=Lifetime(days=365, longest_days=1_096, reminders=(30, 7, 1)),
    facets=(
        includes(TradePartner, "cooperations", "cooperation"),
        choice(TradePartner, "direction"),
        includes(TradePartner, "countries", "country", label=N_("Land")),
        includes(TradePartner, "certificates", "certificate", label=N_("Zertifikat")),
    ),
    examine=_examine,
    prefix="KOP",
    conceals=lambda details: details.is_anonymous,
    rule=RULE,
    inquiry=InquiryForm(label=N_("Interesse bekunden"), offers=("trade_partner",)),
    on_card=("cooperations", "direction", "countries", "hs_code"),
    cell=lambda details: Cell(details.wz2008_division or details.wz2008_section),
)
