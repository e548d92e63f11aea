"""Which commercial spaces fit which are looked for: what must be so, and what is better.

Points: 40 because all that must be so is so, up to 25 for nearness, up to 20 for the area, up to
15 for the price.
"""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_

from app.core.i18n import N_
from app.features.places.distance import haversine_km, within_km
from app.features.posts.facets import holds, number_of
from app.features.posts.matching_rules import Part, Party, Reason, Rule, Side, Verdict
from app.features.posts.space_terms import OfferForm
from app.models.places import Place

_FITS, _NEAR, _AREA, _PRICE = 40, 25, 20, 15
_FOR_SALE: Final = frozenset({OfferForm.SALE, OfferForm.HERITABLE_BUILDING_RIGHT})
_NEEDS: Final = (  # what is looked for, and what of the offer must be as much
    ("clear_height_from_m", "clear_height_m"),
    ("ramps_from", "ramps"),
    ("gates_from", "gates"),
)
_FLAGS: Final = ("is_open_all_day", "has_fibre", "has_rail_siding")


def _narrow(side: Side) -> list[ColumnElement[bool]]:
    given = side.party.details
    if side.is_offer:
        found = [
            holds(object_types=func.jsonb_build_array(given.object_type.value)),
            number_of("area_from_m2") <= given.area_m2,
        ]
        reach: Any = number_of("radius_km")
    else:
        types = (holds(object_type=one.value) for one in given.object_types)
        found = [or_(*types), number_of("area_m2") >= given.area_from_m2]
        reach = given.radius_km
    here = side.party.latitude, side.party.longitude
    if here[0] is not None and here[1] is not None:
        near = within_km(Place.latitude, Place.longitude, here[0], here[1], reach)
        found.append(or_(Place.latitude.is_(None), near))
    return found


def _judge(offer: Party, wanted: Party) -> Verdict | None:
    has, asks = offer.details, wanted.details
    smallest = has.divisible_from_m2 or has.area_m2
    area_fits = has.area_m2 >= asks.area_from_m2 and smallest <= (asks.area_to_m2 or smallest)
    away = _away_km(offer, wanted)
    price = _price(has, asks)
    if (
        has.object_type not in asks.object_types
        or not area_fits
        or price is None
        or (away is not None and away > asks.radius_km)
        or not all(_as_needed(has, asks))
    ):
        return None
    nearness = 1 - away / asks.radius_km if away is not None else 0.0
    # An area much larger than needed, of which no part is to be had, fits less well.
    area = min(1.0, (asks.area_to_m2 or asks.area_from_m2 * 1.5) / smallest)
    score = _FITS + _NEAR * nearness + _AREA * area + _PRICE * price
    return Verdict(round(score), tuple(_reasons(has, asks, away)))


def _away_km(one: Party, other: Party) -> float | None:
    here, there = (one.latitude, one.longitude), (other.latitude, other.longitude)
    if here[0] is None or here[1] is None or there[0] is None or there[1] is None:
        return None
    return haversine_km(here[0], here[1], there[0], there[1])


def _as_needed(has: Any, asks: Any) -> Iterator[bool]:
    """Tell of each need whether it is met; what an offer does not say is no promise."""
    for wish, fact in _NEEDS:
        least = getattr(asks, wish)
        yield least is None or (getattr(has, fact) or 0) >= least
    for flag in _FLAGS:
        yield getattr(has, flag) or not getattr(asks, flag)
    yield not asks.zonings or has.zoning is None or has.zoning in asks.zonings
    yield (
        asks.available_by is None
        or has.available_from is None
        or has.available_from <= asks.available_by
    )


def _price(has: Any, asks: Any) -> float | None:
    """Return which share of the points the price earns; None if no common form is within limits.

    Half of them where a price is not named, all where it is a tenth below the limit or more.
    """
    shares = []
    for form in set(has.offer_forms) & set(asks.offer_forms):
        is_sale = form in _FOR_SALE
        price = has.purchase_eur_m2 if is_sale else has.rent_eur_m2
        limit = asks.purchase_to_eur_m2 if is_sale else asks.rent_to_eur_m2
        if price is None or limit is None:
            shares.append(0.5)
        elif price <= limit:
            shares.append(min(1.0, 0.5 + 5 * (1 - price / limit)))
    return max(shares, default=None)


def _reasons(has: Any, asks: Any, away: float | None) -> Iterator[Reason]:
    if has.divisible_from_m2:
        given = {"area": has.area_m2, "part": has.divisible_from_m2, "wanted": asks.area_from_m2}
        text = N_("%(area)s m², teilbar ab %(part)s m²; gesucht ab %(wanted)s m²")
        yield Reason(text, given)
    else:
        given = {"area": has.area_m2, "wanted": asks.area_from_m2}
        yield Reason(N_("%(area)s m²; gesucht ab %(wanted)s m²"), given)
    if away is not None:
        yield Reason(N_("%(km)s km entfernt"), {"km": round(away, 1)})
    if has.rent_eur_m2 and asks.rent_to_eur_m2 and has.rent_eur_m2 <= asks.rent_to_eur_m2:
        yield Reason(N_("%(price)s € Kaltmiete je m²"), {"price": has.rent_eur_m2})
    bought = has.purchase_eur_m2 and asks.purchase_to_eur_m2
    if bought and has.purchase_eur_m2 <= asks.purchase_to_eur_m2:
        yield Reason(N_("%(price)s € Kaufpreis je m²"), {"price": has.purchase_eur_m2})
    if asks.clear_height_from_m:
        yield Reason(N_("%(height)s m hoch"), {"height": has.clear_height_m})


RULE: Final = Rule(
    offers="space_offer",
    seeks="space_wanted",
    narrow=_narrow,
    judge=_judge,
    explained=N_(
        "Gewerbeflächen und Flächengesuche: Objektart, Angebotsform, Fläche (auch ein Teil), "
        "Umkreis, Preisgrenze, Termin und alles, was das Gesuch verlangt, müssen passen."
    ),
    parts=(
        Part(N_("alles, was passen muss"), _FITS),
        Part(N_("Nähe"), _NEAR),
        Part(N_("Größe"), _AREA),
        Part(N_("Preis"), _PRICE),
    ),
)
