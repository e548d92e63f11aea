"""Lorries and loads that tests arrange: those of the first acceptance story."""

import re
from datetime import date, timedelta
from math import ceil
from typing import Any

import holidays
from sqlalchemy import update

from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.models.places import Place, PlaceKind
from tests.makers import as_actor

# The stories speak of January 2027. Once that is near, they speak of the same weekday one, two …
# times 52 weeks later: posts are published by the real clock, of days that must be to come.
_TOLD = date(2027, 1, 14)
_SOONEST = date.today() + timedelta(days=30)  # noqa: DTZ011 - a day more or less is nothing
SHIFT = timedelta(days=max(0, ceil((_SOONEST - _TOLD).days / 364)) * 364)
ASCENSION = next(
    f"{day}"
    for day, name in sorted(
        holidays.country_holidays("DE", language="de", years=range(2027, _SOONEST.year + 3)).items()
    )
    if name == "Christi Himmelfahrt" and day > _SOONEST
)


def on(text: str) -> str:
    """Return a text with its days as they are told now."""
    told = re.sub(
        r"\b\d{4}-\d\d-\d\d", lambda found: f"{date.fromisoformat(found[0]) + SHIFT}", text
    )
    return re.sub(
        r"\b(\d\d)\.(\d\d)\.(\d{4})",
        lambda found: (date(int(found[3]), int(found[2]), int(found[1])) + SHIFT).strftime(
            "%d.%m.%Y"
        ),
        told,
    )


# Centres of postcode areas as OpenStreetMap has them, in degrees.
POINTS = {
    "44793": (51.47537, 7.18101),
    "44649": (51.53223, 7.15272),
    "23560": (53.82186, 10.63293),
    "23569": (53.91409, 10.81805),
    "50667": (50.93894, 6.95468),
    "20095": (53.55092, 9.99922),
}

CAPACITY: dict[str, Any] = {
    "kind": "freight_capacity",
    "origin": "44793",
    "destination": "23560",
    "departs_from": on("2027-01-14T06:00"),
    "departs_until": on("2027-01-14T12:00"),
    "arrives_by": on("2027-01-15T12:00"),
    "free_loading_metres": 6.5,
    "free_weight_kg": 11_500,
    "vehicle_type": "semi_trailer",
    "bodies": ["curtain_sider"],
    "loading_sides": ["rear", "side"],
    "price_type": "negotiable",
    "legal_status": "licensed",
    "licence_number": "DE-NW-4711",
    "licence_valid_until": on("2028-12-31"),
    "insurer": "Ruhr Transportversicherung",
    "insured_until": on("2027-06-30"),
}
CRATE = {
    "count": 1,
    "packing": "crate",
    "length_m": 4.2,
    "width_m": 2.2,
    "height_m": 2.4,
    "weight_kg": 3_000,
}
REQUEST: dict[str, Any] = {
    "kind": "freight_request",
    "origin": "44649",
    "destination": "23569",
    "loads_from": on("2027-01-14T07:00"),
    "loads_until": on("2027-01-14T12:00"),
    "unloads_until": on("2027-01-15T16:00"),
    "goods": "Fräskopf",
    "packages": [CRATE],
    "loading_side": "side",
}


async def with_points(session):
    """Give the places of the stories the coordinates that an operator's own file brings."""
    for code, (latitude, longitude) in POINTS.items():
        await session.execute(
            update(Place)
            .where(Place.kind == PlaceKind.POSTCODE, Place.code == code)
            .values(latitude=latitude, longitude=longitude)
        )


async def a_freight(session, author, details, **changes):
    fields = {name: changes.pop(name) for name in ("company_id", "confirmed") if name in changes}
    draft = draft_of(details["kind"]).model_validate({"details": {**details, **changes}, **fields})
    return await publish_post(session, as_actor(author), draft)
