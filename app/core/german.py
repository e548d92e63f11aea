"""German words as search compares them: folded, told apart, and brought to their stem.

Documents and questions go the same way, here and only here, so that both always agree. The stems
are those of Snowball's algorithm for German (https://snowballstem.org), on words whose umlauts are
folded already; a test holds them to what PostgreSQL's own dictionary says of the same words.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_LETTERS = str.maketrans(
    {
        "ä": "a",
        "ö": "o",
        "ü": "u",
        "ß": "ss",
        "æ": "a",
        "œ": "o",
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "ı": "i",
    }
)
_DIGRAPH = re.compile(r"(?<![aeiouyq])([aou])e")
# A trade in both genders at once is one word: Mechatroniker/-in, Köch:innen, Kauffrau/-mann.
_BOTH_GENDERS = re.compile(r"(?<=[a-z])(?:/-?|[*:_]|\()-?(?:innen|in|r|n|e)\b\)?")
_ANY_GENDER = re.compile(r"\(?\b[mwdfx](?:\s?[/|]\s?[mwdfx]){1,3}\b\)?")
_WORD = re.compile(r"[a-z0-9]+(?:[-/.&+][a-z0-9]+)*\+*")
_PART = re.compile(r"[a-z0-9]+")
_SHE = re.compile(r"(?<=[a-z]{3})(er|ent|ant|ist|or|eur|log|at|walt|wirt|arzt)in(?:nen)?$")
_INFLECTION = re.compile(r"(?<=[a-z]{4})(?:en|es|em|e|n|s)$")
_FOREIGN_PLURAL = re.compile(r"(?<=[a-z]{3}[ao]|zubi)s$")  # Autos, Azubis; Snowball leaves them
_VOWELS = "aeiouy"
_BETWEEN_VOWELS = re.compile(rf"(?<=[{_VOWELS}])([uy])(?=[{_VOWELS}])")
_REGION = re.compile(rf"[{_VOWELS}][^{_VOWELS}]")
_LEAST_BEFORE_R1: Final = 3  # letters
_SHORT: Final = 4  # letters of a word whose last s is its own
_LONGEST: Final = 60  # characters of a word; what is longer is none

# What sentences cannot do without and searches can, folded.
_SAYING_NOTHING: Final = """
    aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bist da
    damit dann das dass dem den denn der des die dies diese diesem diesen dieser dieses doch
    dort du durch ein eine einem einen einer eines er es etwas euch fur gegen hab habe haben
    hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ins ist ja jede
    jedem jeden jeder jedes kann kein keine keinem keinen keiner konnen machen man mehr mein
    meine mit muss nach nicht noch nun nur ob oder ohne sehr sein seine seit sich sie sind so
    soll sondern sonst uber um und uns unser unsere unserem unseren unserer unter viel vom von
    vor wann war waren warum was weil welche welchem welchen welcher welches wenn wer werde
    werden wie wieder will wir wird wo wurde wurden zu zum zur zwischen the of and for
"""
STOP_WORDS: Final = frozenset(_SAYING_NOTHING.split())


def fold(text: str) -> str:
    """Return ``text`` in small letters, one spelling for each: Müller, Mueller and Muller agree.

    Umlauts count as their base letter, however they are written, accents do not count, and ß is
    ss. An e that only lengthens (``Soest``) goes with them, in documents and questions alike.
    """
    letters = text.lower().translate(_LETTERS)
    if not letters.isascii():
        apart = unicodedata.normalize("NFKD", letters)
        letters = "".join(one for one in apart if not unicodedata.combining(one))
    return _DIGRAPH.sub(r"\1", letters)


def words_in(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every folded word of ``text``, as the parts that hyphens and the like join.

    ``Kfz-Mechatroniker`` is ``("kfz", "mechatroniker")``. Both genders of a trade are one, and
    ``(m/w/d)`` is no word.
    """
    folded = _BOTH_GENDERS.sub("", _ANY_GENDER.sub(" ", fold(text)))
    for match in _WORD.finditer(folded):
        if parts := tuple(part for part in _PART.findall(match[0]) if len(part) <= _LONGEST):
            yield parts


def is_stop_word(word: str) -> bool:
    """Whether a folded word says nothing by itself."""
    return word in STOP_WORDS


def without_gender(word: str) -> str:
    """Return the folded name of a trade as of him: Mechatronikerin is Mechatroniker."""
    return _SHE.sub(r"\1", word)


def uninflected(word: str) -> str:
    """Return a folded word without endings of case and number only: Müller is not yet Müll."""
    return _INFLECTION.sub("", without_gender(word))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return the stem of a folded word; she who does a trade has the stem of him."""
    if not word.isalpha():
        return word
    word = _BETWEEN_VOWELS.sub(lambda found: found[1].upper(), without_gender(word))
    word = _FOREIGN_PLURAL.sub("", word)
    r1 = max(_after_region(word, 0), _LEAST_BEFORE_R1)
    r2 = _after_region(word, _after_region(word, 0))
    word = _without_derivation(_without_comparison(_without_inflection(word, r1), r1), r1, r2)
    return word.lower()


def _after_region(word: str, start: int) -> int:
    found = _REGION.search(word, start)
    return found.end() if found else len(word)


def _cut(word: str, suffix: str, region: int) -> str:
    """Return ``word`` without ``suffix`` where that lies in the region."""
    return word[: -len(suffix)] if len(word) - len(suffix) >= region else word


def _ending(word: str, *suffixes: str) -> str | None:
    """Return the longest of the suffixes with which ``word`` ends."""
    found = [suffix for suffix in suffixes if word.endswith(suffix)]
    return max(found, key=len) if found else None


def _without_inflection(word: str, r1: int) -> str:
    suffix = _ending(word, "em", "ern", "er", "e", "en", "es", "s", "ln")
    if suffix is None:
        return word
    if suffix == "ln":  # Möbeln, Regeln
        return _cut(word, "n", r1 + 1)
    if suffix == "s":
        # Snowball would make "kur" of "kurs", which "kurse" then does not agree with.
        fits = len(word) > _SHORT and word[-2] in set("bdfghklmnrt")
        return _cut(word, suffix, r1) if fits else word
    if suffix == "em" and word.endswith("system"):
        return word
    shorter = _cut(word, suffix, r1)
    is_cut_to_niss = shorter != word and suffix in {"e", "en", "es"} and shorter.endswith("niss")
    return shorter[:-1] if is_cut_to_niss else shorter


def _without_comparison(word: str, r1: int) -> str:
    suffix = _ending(word, "en", "er", "est", "st")
    if suffix is None:
        return word
    if suffix == "st":
        fits = len(word) >= 6 and word[-3] in set("bdfghklmnt")  # noqa: PLR2004 - three letters before
        return _cut(word, suffix, r1) if fits else word
    return _cut(word, suffix, r1)


def _without_derivation(word: str, r1: int, r2: int) -> str:
    suffix = _ending(word, "end", "ung", "ig", "ik", "isch", "lich", "heit", "keit")
    if suffix is None:
        return word
    shorter = _cut(word, suffix, r2)
    if shorter == word or (suffix in {"ig", "ik", "isch"} and shorter.endswith("e")):
        return word
    if suffix in {"end", "ung"} and shorter.endswith("ig") and not shorter.endswith("eig"):
        return _cut(shorter, "ig", r2)
    if suffix in {"lich", "heit"} and (more := _ending(shorter, "er", "en")):
        return _cut(shorter, more, r1)
    if suffix == "keit" and (more := _ending(shorter, "lich", "ig")):
        return _cut(shorter, more, r2)
    return shorter
