"""Which businesses and successors fit: the trade and the region must, the rest counts.

Points: 30 for the same division, 20 for the size, up to 25 for the price, up to 15 for the time, 10
for the master's certificate. What is said for a reason, both cards show anyway.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_

from app.core.i18n import N_
from app.features.posts.bands import is_within, steps_between
from app.features.posts.facets import holds
from app.features.posts.matching_rules import Part, Party, Reason, Rule, Side, Verdict

_DIVISION, _SIZE, _PRICE, _TIME, _MASTER = 30, 20, 25, 15, 10
_TIMES: Final = ("at_once", "within_year", "one_to_three_years", "later")
_OPEN_PRICES: Final = frozenset({"negotiable", "not_stated"})


def _narrow(side: Side) -> list[ColumnElement[bool]]:
    details = side.party.details
    if side.is_offer:
        return [holds(wz2008_sections=func.jsonb_build_array(details.wz2008_section))]
    return [or_(*(holds(wz2008_section=section) for section in details.wz2008_sections))]


def _judge(offer: Party, wanted: Party) -> Verdict | None:
    one, other = offer.details, wanted.details
    if one.wz2008_section not in other.wz2008_sections or not _overlap(offer, wanted):
        return None
    score, reasons = 0, [Reason(N_("passende Branche"))]
    if one.wz2008_division and one.wz2008_division in other.wz2008_divisions:
        score, reasons = _DIVISION, [Reason(N_("dieselbe Branche"))]
    if region := _region(offer, wanted):
        reasons.append(Reason(N_("in %(region)s"), {"region": region}))
    for points, reason in (_size(one, other), _price(one, other), _time(one, other)):
        score += points
        reasons += [reason] if reason else []
    if other.has_master or not one.master_required:
        score += _MASTER
    if other.has_master and one.master_required:
        reasons.append(Reason(N_("Meisterbrief vorhanden")))
    return Verdict(score, tuple(reasons))


def _overlap(one: Party, other: Party) -> bool:
    """Whether one region lies in the other; who names none is open to all."""
    if not one.place_path or not other.place_path:
        return True
    return one.place_path[0] in other.place_path or other.place_path[0] in one.place_path


def _region(one: Party, other: Party) -> str | None:
    """Return the smaller of two regions that overlap."""
    named = [party for party in (one, other) if party.place_path]
    return max(named, key=lambda party: len(party.place_path)).place_name if named else None


def _size(offer: Any, wanted: Any) -> tuple[int, Reason | None]:
    if wanted.employees_band is None:
        return _SIZE, None
    if steps_between(offer.employees_band, wanted.employees_band) > 1:
        return 0, None
    return _SIZE, Reason(N_("passende Betriebsgröße"))


def _price(offer: Any, wanted: Any) -> tuple[int, Reason | None]:
    """Return half of the points where a price or a budget is open."""
    if wanted.budget_band_teur is None or offer.price_band_teur in _OPEN_PRICES:
        return _PRICE // 2, None
    if not is_within(offer.price_band_teur, wanted.budget_band_teur):
        return 0, None
    return _PRICE, Reason(N_("Preis im Rahmen des Budgets"))


def _time(offer: Any, wanted: Any) -> tuple[int, Reason | None]:
    """Return half of the points for the time next to the one wanted."""
    apart = abs(_TIMES.index(offer.timing) - _TIMES.index(wanted.timing))
    if apart == 0:
        return _TIME, Reason(N_("derselbe Zeitpunkt"))
    return (_TIME // 2 if apart == 1 else 0), None


RULE: Final = Rule(
    offers="succession_offer",
    seeks="succession_wanted",
    narrow=_narrow,
    judge=_judge,
    explained=N_("Nachfolge: Branche (Abschnitt der WZ 2008) und Region müssen passen."),
    parts=(
        Part(N_("dieselbe Abteilung der WZ 2008"), _DIVISION),
        Part(N_("Betriebsgröße"), _SIZE),
        Part(N_("Preis"), _PRICE),
        Part(N_("Zeitpunkt"), _TIME),
        Part(N_("Meisterbrief, wo er nötig ist"), _MASTER),
    ),
    least=40,
)
