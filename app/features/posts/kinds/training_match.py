"""Which training places fit whom: start, certificate and distance must, the rest is weighed."""

from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, or_

from app.core.i18n import N_
from app.features.places.distance import haversine_km
from app.features.posts.kinds.work import SITE, Certificate, rank
from app.features.posts.matching_rules import Part, Party, Reason, Rule, Side, Verdict
from app.models.posts import Post
from app.reference.occupations import find_occupation
from app.reference.postcodes import point_of_postcode
from app.reference.tables import occupation_fields

OCCUPATION, FIELD, NEARNESS, INTERNSHIP, SIZE = 60, 35, 20, 10, 10  # points
_STEP_KM = 5  # distances are told no finer, so that nobody finds out where a young person lives


def fields_of(wishes: list[str]) -> list[str]:
    """Return the occupational fields of what somebody wants to become."""
    known = [find_occupation(wish) for wish in wishes]
    return list(dict.fromkeys(one.field for one in known if one))


def _narrow(side: Side) -> list[ColumnElement[bool]]:
    """Keep posts of the same occupation or field; the index on details answers that."""
    known = side.party.details
    if side.is_offer:
        found = [_among("wishes", known.occupation)]
        if known.occupation_field:
            found.append(_among("wished_fields", known.occupation_field))
    else:
        found = [Post.details.contains({"occupation": wish}) for wish in known.wishes]
        found += [Post.details.contains({"occupation_field": one}) for one in known.wished_fields]
    return [or_(*found)]


def _among(field: str, value: str) -> ColumnElement[bool]:
    return Post.details.contains({field: [value]})


def _judge(offer: Party, request: Party) -> Verdict | None:
    place, seeker = offer.details, request.details
    occupation = _occupation(place, seeker)
    away_km = _away_km(offer, seeker)
    if occupation is None or away_km is None or away_km > seeker.max_km:
        return None
    if not _starts_fit(offer, request) or not _certificate_fits(place, seeker):
        return None
    points, reason = occupation
    told_km = min(max(_STEP_KM, ceil(away_km / _STEP_KM) * _STEP_KM), seeker.max_km)
    score = points + NEARNESS * (1 - told_km / seeker.max_km)
    reasons = [reason, Reason(N_("höchstens %(km)s km entfernt"), {"km": told_km})]
    start = str(place.starts_on.year) if place.starts_on else None
    reasons.append(
        Reason(N_("Beginn %(year)s"), {"year": start}) if start else Reason(N_("Beginn ab sofort"))
    )
    if seeker.wants_internship and place.internship_possible:
        score += INTERNSHIP
        reasons.append(Reason(N_("Praktikum vorab möglich")))
    if offer.size_band and offer.size_band in seeker.company_sizes:
        score += SIZE
        reasons.append(Reason(N_("Betriebsgröße wie gewünscht")))
    return Verdict(round(score), tuple(reasons))


def _occupation(place: Any, seeker: Any) -> tuple[int, Reason] | None:
    """Return the points for the very occupation, or for its field; None for neither."""
    if place.occupation in seeker.wishes:
        return OCCUPATION, Reason(N_("Wunschberuf %(name)s"), {"name": place.occupation})
    if place.occupation_field in seeker.wished_fields:
        name = occupation_fields()[place.occupation_field].de
        return FIELD, Reason(N_("Berufsfeld %(name)s"), {"name": name})
    return None


def _starts_fit(offer: Party, request: Party) -> bool:
    """Whether both mean the same year; at once is the year in which it was written."""
    starts_on = offer.details.starts_on
    offered = starts_on.year if starts_on else offer.published_at.year
    return bool(offered == (request.details.start_year or request.published_at.year))


def _certificate_fits(place: Any, seeker: Any) -> bool:
    unsaid = Certificate.NOT_STATED
    return unsaid == seeker.certificate or rank(place.certificate) <= rank(seeker.certificate)


def _away_km(offer: Party, seeker: Any) -> float | None:
    """Return how far the nearest site is from the seeker's postcode; None where nobody knows."""
    home = point_of_postcode(seeker.postcode)
    written = (SITE.match(site) for site in offer.details.sites)
    points = [point_of_postcode(site["postcode"]) for site in written if site]
    if offer.latitude is not None and offer.longitude is not None:
        points.append((offer.latitude, offer.longitude))
    if home is None:
        return None
    return min((haversine_km(*home, *point) for point in points if point), default=None)


RULE = Rule(
    offers="apprenticeship",
    seeks="apprenticeship_wanted",
    narrow=_narrow,
    judge=_judge,
    explained=N_("Ausbildung: Beginn, Schulabschluss und Entfernung müssen passen."),
    parts=(
        Part(N_("der Wunschberuf"), OCCUPATION),
        Part(N_("statt seiner das Berufsfeld"), FIELD),
        Part(N_("Nähe"), NEARNESS),
        Part(N_("ein mögliches Praktikum"), INTERNSHIP),
        Part(N_("die gewünschte Betriebsgröße"), SIZE),
    ),
)
