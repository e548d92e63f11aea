"""Wants: what somebody looks for; the counterpart of ``offer``."""

from typing import Annotated, Any, Literal

from app.core.asking import Asked
from app.core.i18n import N_
from app.features.posts.facets import choice, flag
from app.features.posts.goods import RULE
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import Kind, Shown, Topic
from app.features.posts.kinds.offer import (
    LIFETIME,
    Category,
    Goods,
    GoodsInquiry,
    PriceType,
    examine_goods,
    structured_goods,
)


class Wanted(Goods):
    kind: Annotated[Literal["wanted"], Asked(N_("Art"), widget="hidden")] = "wanted"
    is_urgent: Annotated[bool, Asked(N_("Eilt"))] = False


def _structured(post: Shown) -> dict[str, Any]:
    said = structured_goods(post, "Demand")
    if (price := post.details.get("price_eur")) is not None:
        said["priceSpecification"] = {
            "@type": "PriceSpecification",
            "maxPrice": price,
            "priceCurrency": "EUR",
        }
    return said


KIND = Kind(
    Wanted,
    label=N_("Suche"),
    plural=N_("Gesuche"),
    hint=N_("Was Ihnen fehlt; auch eine Einkaufsgemeinschaft beginnt hier"),
    example=Wanted(category=Category.STORAGE, price_type=PriceType.NEGOTIABLE),
    structured=_structured,
    examine=examine_goods,
    topic=Topic.TRADE,
    lifetime=LIFETIME,
    facets=(choice(Wanted, "category"), choice(Wanted, "price_type"), flag(Wanted, "is_urgent")),
    prefix="SUC",
    rule=RULE,
    inquiry=InquiryForm(label=N_("Anbieten"), fields=GoodsInquiry, offers=("offer",)),
)
