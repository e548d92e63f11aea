"""What partners in trade offer and seek, and which of them fit: each kind of cooperation mirrored.

Points: 40 for the cooperation and the countries, up to 30 for the tariff number, 15 for the same
division, 10 for a common language, 5 for the same term of delivery.
"""

from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_

from app.core.asking import label
from app.core.i18n import N_
from app.features.posts.facets import holds
from app.features.posts.matching_rules import Part, Party, Reason, Rule, Side, Verdict


class Cooperation(StrEnum):
    """What is offered or sought; ``MIRROR`` says what fits what."""

    SUPPLIER_WANTED = "supplier_wanted"
    CUSTOMER_WANTED = "customer_wanted"
    SALES_PARTNER_WANTED = "sales_partner_wanted"
    REPRESENTATION_OFFERED = "representation_offered"
    MANUFACTURING_WANTED = "manufacturing_wanted"
    MANUFACTURING_OFFERED = "manufacturing_offered"
    LICENCE_WANTED = "licence_wanted"
    LICENCE_OFFERED = "licence_offered"
    JOINT_VENTURE = "joint_venture"
    DEVELOPMENT = "development"
    TRADE_FAIR = "trade_fair"
    JOINT_TRANSPORT = "joint_transport"


_PAIRS = (
    (Cooperation.SUPPLIER_WANTED, Cooperation.CUSTOMER_WANTED),
    (Cooperation.SALES_PARTNER_WANTED, Cooperation.REPRESENTATION_OFFERED),
    (Cooperation.MANUFACTURING_WANTED, Cooperation.MANUFACTURING_OFFERED),
    (Cooperation.LICENCE_WANTED, Cooperation.LICENCE_OFFERED),
    (Cooperation.JOINT_VENTURE, Cooperation.JOINT_VENTURE),
    (Cooperation.DEVELOPMENT, Cooperation.DEVELOPMENT),
    (Cooperation.TRADE_FAIR, Cooperation.TRADE_FAIR),
    (Cooperation.JOINT_TRANSPORT, Cooperation.JOINT_TRANSPORT),
)
MIRROR = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}


label(
    {
        Cooperation.SUPPLIER_WANTED: N_("Lieferant gesucht"),
        Cooperation.CUSTOMER_WANTED: N_("Abnehmer gesucht"),
        Cooperation.SALES_PARTNER_WANTED: N_("Vertriebspartner gesucht"),
        Cooperation.REPRESENTATION_OFFERED: N_("Vertretung geboten"),
        Cooperation.MANUFACTURING_WANTED: N_("Auftragsfertigung gesucht"),
        Cooperation.MANUFACTURING_OFFERED: N_("Auftragsfertigung geboten"),
        Cooperation.LICENCE_WANTED: N_("Lizenz gesucht"),
        Cooperation.LICENCE_OFFERED: N_("Lizenz geboten"),
        Cooperation.JOINT_VENTURE: N_("Joint Venture"),
        Cooperation.DEVELOPMENT: N_("Entwicklungspartnerschaft"),
        Cooperation.TRADE_FAIR: N_("Messegemeinschaft"),
        Cooperation.JOINT_TRANSPORT: N_("Sammeltransport und Zoll"),
    }
)

_BASE, _TARIFF, _DIVISION, _LANGUAGE, _TERM = 40, 30, 15, 10, 5
_LEAST_DIGITS: Final = 2  # of tariff numbers that must agree
_MOST_DIGITS: Final = 6


def _narrow(side: Side) -> list[ColumnElement[bool]]:
    details = side.party.details
    mirrored = [MIRROR[one].value for one in details.cooperations]
    return [
        or_(*(holds(cooperations=func.jsonb_build_array(one)) for one in mirrored)),
        or_(*(holds(countries=func.jsonb_build_array(one)) for one in details.countries)),
    ]


def _judge(one: Party, other: Party) -> Verdict | None:
    mine, theirs = one.details, other.details
    meeting = {MIRROR[each] for each in mine.cooperations} & set(theirs.cooperations)
    countries = sorted(set(mine.countries) & set(theirs.countries))
    digits = _common_digits(mine.hs_code, theirs.hs_code)
    if not meeting or not countries or digits is None or not _certified(mine, theirs):
        return None
    score = _BASE + _TARIFF * len(digits) // _MOST_DIGITS
    reasons = [Reason(N_("die Zusammenarbeit passt"))]
    reasons.append(Reason(N_("Länder: %(codes)s"), {"codes": ", ".join(countries)}))
    if digits:
        reasons.append(Reason(N_("Zolltarif %(digits)s"), {"digits": digits}))
    if mine.wz2008_division and mine.wz2008_division == theirs.wz2008_division:
        score += _DIVISION
        reasons.append(Reason(N_("dieselbe Branche")))
    if set(mine.languages) & set(theirs.languages):
        score += _LANGUAGE
        reasons.append(Reason(N_("eine gemeinsame Sprache")))
    if mine.incoterm and mine.incoterm == theirs.incoterm:
        score += _TERM
    return Verdict(score, tuple(reasons))


def _common_digits(one: str | None, other: str | None) -> str | None:
    """Return the digits in which two tariff numbers agree; None where they name other goods."""
    if not one or not other:
        return ""
    differ = (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1])
    common = one[: next(differ, min(len(one), len(other)))]
    return common if len(common) >= _LEAST_DIGITS else None


def _certified(one: Any, other: Any) -> bool:
    """Whether each side holds what the other requires."""
    return set(one.required_certificates) <= set(other.certificates) and set(
        other.required_certificates
    ) <= set(one.certificates)


RULE: Final = Rule(
    offers="trade_partner",
    seeks="trade_partner",
    narrow=_narrow,
    judge=_judge,
    explained=N_(
        "Handelspartner: Die Arten der Zusammenarbeit müssen sich ergänzen, ein Land gemeinsam "
        "sein, Zolltarifnummern in zwei Ziffern übereinstimmen, verlangte Zertifikate vorliegen."
    ),
    parts=(
        Part(N_("alles, was passen muss"), _BASE),
        Part(N_("Zolltarifnummer"), _TARIFF),
        Part(N_("dieselbe Abteilung der WZ 2008"), _DIVISION),
        Part(N_("eine gemeinsame Sprache"), _LANGUAGE),
        Part(N_("dieselbe Lieferbedingung"), _TERM),
    ),
)
