"""A kind that exists in tests only: pallets to give away or wanted."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from app.core.asking import Asked, label
from app.features.posts.facets import choice
from app.features.posts.kinds import Details, Kind, Lifetime


class PalletType(StrEnum):
    EUROPEAN = "european"
    ONE_WAY = "one_way"


label({PalletType.EUROPEAN: "Europalette", PalletType.ONE_WAY: "Einwegpalette"})


class PalletSwap(Details):
    kind: Annotated[Literal["pallet_swap"], Asked("Art", widget="hidden")] = "pallet_swap"
    pallet_type: Annotated[PalletType, Asked("Palettenart")]
    pallets: Annotated[int, Field(gt=0, le=1_000), Asked("Anzahl der Paletten")]
    until: Annotated[date | None, Asked("Abzuholen bis")] = None


KIND = Kind(
    PalletSwap,
    label="Palettentausch",
    plural="Palettentausche",
    hint="Paletten abgeben oder suchen",
    example=PalletSwap(pallet_type=PalletType.EUROPEAN, pallets=40),
    structured=lambda post: {"@type": "Offer", "name": post.title},
    lifetime=Lifetime(days=14, longest_days=28),
    facets=(choice(PalletSwap, "pallet_type"),),
)
