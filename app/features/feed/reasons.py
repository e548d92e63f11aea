"""Why something is in a feed: what its reader follows, named and said in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.core.i18n import N_, Locale, translate
from app.features.follows.targets import Thing, name_of, path_of
from app.models.follows import FollowTarget

_RANK: Final = (
    FollowTarget.GROUP,
    FollowTarget.COMPANY,
    FollowTarget.PERSON,
    FollowTarget.TAG,
    FollowTarget.PLACE,
    FollowTarget.SECTOR,
    FollowTarget.KIND,
)
_SAID: Final = {
    FollowTarget.GROUP: N_("der Gruppe %(name)s"),
    FollowTarget.SECTOR: N_("der Branche %(name)s"),
    FollowTarget.KIND: N_("der Beitragsart %(name)s"),
    FollowTarget.TAG: N_("dem Schlagwort %(name)s"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Something followed by which an item is in the feed."""

    thing: Thing
    name: str
    path: str | None


def reasons_of(
    found: Sequence[Mapping[str, Any]] | None, locale: Locale | None = None
) -> tuple[Reason, ...]:
    """Return what the JSON of a read names, in the order in which it is said."""
    reasons = [_reason(one, locale) for one in found or []]
    reasons.sort(key=lambda one: (_RANK.index(one.thing.target), one.name))
    return tuple(reasons)


def because(reasons: Sequence[Reason], locale: Locale | None = None) -> str:
    """Return why an item is in the feed, in a line that names two reasons at most."""
    said = [
        translate(_SAID[one.thing.target], locale, name=one.name)
        if one.thing.target in _SAID
        else one.name
        for one in reasons
    ]
    match said:
        case []:
            return ""
        case [one]:
            return translate(N_("weil Sie %(one)s folgen"), locale, one=one)
        case [one, two]:
            return translate(N_("weil Sie %(one)s und %(two)s folgen"), locale, one=one, two=two)
        case [one, two, *more]:
            return translate(
                N_("weil Sie %(one)s, %(two)s und %(count)s weiteren folgen"),
                locale,
                one=one,
                two=two,
                count=len(more),
            )
    return ""


def _reason(one: Mapping[str, Any], locale: Locale | None) -> Reason:
    thing = Thing(FollowTarget(one["target"]), one["key"])
    return Reason(thing, name_of(thing, one["name"], locale), path_of(thing, one["slug"]))
