"""Which offers and wants fit: the same category, near enough, better the more they have in common.

Points: 30 for the category, up to 25 for nearness, up to 30 for likeness of the words, up to 15
for the price.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from app.core.i18n import N_
from app.features.places.distance import haversine_km, within_km
from app.features.posts.facets import holds
from app.features.posts.matching_rules import Part, Party, Reason, Rule, Side, Verdict, likeness
from app.models.places import Place

RADIUS_KM: Final = 50.0  # as the crow flies
_CATEGORY, _NEAR, _WORDS, _PRICE = 30, 25, 30, 15
_OVER: Final = 1.2  # so many times the price that somebody names is still talked about
_ALIKE: Final = 0.3  # from here on, likeness is worth saying


def _narrow(side: Side) -> list[ColumnElement[bool]]:
    party = side.party
    same: list[ColumnElement[bool]] = [holds(category=party.details.category.value)]
    if party.latitude is not None and party.longitude is not None:
        near = within_km(
            Place.latitude, Place.longitude, party.latitude, party.longitude, RADIUS_KM
        )
        same.append(or_(Place.latitude.is_(None), near))
    return same


def _judge(offer: Party, wanted: Party) -> Verdict | None:
    if offer.details.category != wanted.details.category:
        return None
    away = _away_km(offer, wanted)
    if away is not None and away > RADIUS_KM:
        return None
    score: float = _CATEGORY
    reasons = [Reason(N_("dieselbe Kategorie"))]
    if away is not None:
        score += _NEAR * (1 - away / RADIUS_KM)
        reasons.append(Reason(N_("%(km)s km entfernt"), {"km": round(away, 1)}))
    alike = likeness(offer.text, wanted.text)
    score += _WORDS * alike
    if alike >= _ALIKE:
        reasons.append(Reason(N_("ähnliche Worte")))
    share, said = _price(offer.details, wanted.details)
    return Verdict(round(score + _PRICE * share), (*reasons, *said))


def _away_km(one: Party, other: Party) -> float | None:
    here, there = (one.latitude, one.longitude), (other.latitude, other.longitude)
    if here[0] is None or here[1] is None or there[0] is None or there[1] is None:
        return None
    return haversine_km(here[0], here[1], there[0], there[1])


def _price(offer: Any, wanted: Any) -> tuple[float, list[Reason]]:
    """Return which share of the points the prices earn: half where one of them is not named."""
    if offer.price_type == wanted.price_type and offer.price_eur is None:
        return 1.0, []
    if offer.price_type == "free":
        return 1.0, [Reason(N_("kostenlos"))]
    if offer.price_eur is None or wanted.price_eur is None:
        return 0.5, []
    if offer.price_eur <= wanted.price_eur:
        return 1.0, [Reason(N_("der Preis passt"))]
    return (0.5 if offer.price_eur <= wanted.price_eur * _OVER else 0.0), []


RULE: Final = Rule(
    offers="offer",
    seeks="wanted",
    narrow=_narrow,
    judge=_judge,
    explained=N_("Biete und Suche: Es passt nur dieselbe Kategorie im Umkreis von 50 km."),
    parts=(
        Part(N_("dieselbe Kategorie"), _CATEGORY),
        Part(N_("Nähe"), _NEAR),
        Part(N_("ähnliche Worte"), _WORDS),
        Part(N_("Preis"), _PRICE),
    ),
    least=40,
)
