"""Words in offers of work that may disadvantage somebody (§§ 1, 7, 11 AGG), and neutral titles.

Nothing is forbidden here: an author reads why a word may be a mistake, and decides.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.i18n import N_
from app.features.posts.kinds import Examined, Finding

ALL_GENDERS = "(m/w/d)"
MAX_TITLE = 120  # characters
_NEUTRAL = re.compile(
    r"\((?=[^)]*\bm\b)(?=[^)]*\bw\b)[^)]*\)|\b[mwfdix](?:\s*/\s*[mwfdix]){2}\b|alle geschlechter",
    re.IGNORECASE,
)
_BOTH = re.compile(r"\w+/-?\w+")  # Verkäufer/-in, Koch/Köchin
_AGES = r"\d{2}\s*(?:jahre|jahren|j\.)"


@dataclass(frozen=True, slots=True)
class _Concern:
    """One way to disadvantage somebody: the words that give it away, and what to say of them."""

    code: str
    pattern: re.Pattern[str]
    text: str
    in_title_only: bool = False


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


_CONCERNS = (
    _Concern(
        "agg_age",
        _words(
            r"(?:dynamische[nrms]*\s+)?junge?[nrms]?\s+\w+|jung|digital natives?"
            rf"|(?:max(?:imal|\.)?|höchstens|bis(?:\s+zu)?|unter|nicht älter als)\s+{_AGES}"
            rf"|{_AGES}\s+alt|max(?:imal|\.)?\s+\d{{2}}|altersgrenze"
        ),
        N_(
            "„%(phrase)s“ kann als Benachteiligung wegen des Alters verstanden werden (§ 11 AGG). "
            "Beschreiben Sie besser, was zu tun ist."
        ),
    ),
    _Concern(
        "agg_origin",
        _words(
            r"mutter\s?sprach\w*(?:\s+deutsch)?|deutsch als muttersprache|akzentfrei\w*"
            r"|deutsche[rnms]?\s+(?:herkunft|abstammung|staats\w+|mitarbeiter\w*|bewerber\w*"
            r"|verkäufer\w*|\w+kraft|pass)|deutscher|einheimische\w*"
        ),
        N_(
            "„%(phrase)s“ kann als Benachteiligung wegen der Herkunft verstanden werden (§ 11 "
            "AGG). Verlangen Sie nur Sprachkenntnisse, die die Arbeit braucht, etwa „Deutsch B2“."
        ),
    ),
    _Concern(
        "agg_gender",
        _words(r"mädchen|mädels?|burschen?|jungs|damen|fräulein|sein\w? mann"),
        N_(
            "„%(phrase)s“ kann als Benachteiligung wegen des Geschlechts verstanden werden (§ 11 "
            "AGG)."
        ),
    ),
    _Concern(
        "agg_title",
        _words(
            r"\w*(?:er|är|eur|ist|ent|or|log|ärzt|köch)in"
            r"|\w*(?:kauf|fach)(?:mann|frau)|putzfrau|krankenschwester"
        ),
        N_(
            "„%(phrase)s“ nennt nur ein Geschlecht. Üblich sind Formen wie „Verkäufer/-in“ oder "
            "„Verkaufskraft“."
        ),
        in_title_only=True,
    ),
    _Concern(
        "agg_disability",
        _words(
            r"körperlich\s+(?:voll\s+|uneingeschränkt\w*|fit|gesund|belastbar)\w*"
            r"|uneingeschränkt\s+belastbar|gesunde[nrms]?\s+(?:mitarbeiter|bewerber)\w*"
        ),
        N_(
            "„%(phrase)s“ kann als Benachteiligung wegen einer Behinderung verstanden werden (§ 11 "
            "AGG). Nennen Sie besser die Tätigkeit, zum Beispiel „Heben bis 20 kg“."
        ),
    ),
    _Concern(
        "agg_photo",
        _words(
            r"licht\s?bild\w*|bewerbungs\s?fotos?|mit\s+(?:aktuellem\s+)?foto"
            r"|foto\s+(?:beilegen|beifügen|erwünscht)"
        ),
        N_(
            "Ein Foto („%(phrase)s“) sollten Sie nicht verlangen: Es verrät Alter, Herkunft und "
            "Geschlecht."
        ),
    ),
)


def all_genders(title: str) -> str:
    """Return a title that names all genders: ``(m/w/d)`` is appended where it does not."""
    if _NEUTRAL.search(title) or len(title) + len(ALL_GENDERS) + 1 > MAX_TITLE:
        return title
    return f"{title} {ALL_GENDERS}"


def unequal_treatment(post: Examined, *fields: str) -> Iterator[Finding]:
    """Find words that may disadvantage somebody in title, text and some details, each kind once."""
    texts: list[tuple[tuple[str, ...], str]] = [(("title",), post.title), (("body",), post.body)]
    titles = [(("title",), _BOTH.sub("", post.title))]
    texts += [(("details", name), _joined(getattr(post.details, name))) for name in fields]
    for concern in _CONCERNS:
        asked = titles if concern.in_title_only else texts
        found = next(
            ((path, hit[0]) for path, text in asked if (hit := concern.pattern.search(text))), None
        )
        if found:
            path, phrase = found
            yield Finding(path, concern.code, concern.text, {"phrase": phrase.strip()})


def _joined(said: str | Sequence[str]) -> str:
    return said if isinstance(said, str) else "\n".join(said)
