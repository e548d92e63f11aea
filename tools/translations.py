"""Collect every German text of the source and the templates into the English catalogue.

`python -m tools.translations` updates the catalogue; with `--check` it only says what is missing.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "app/translations/en/LC_MESSAGES/kontor.po"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
KEYWORDS = {**DEFAULT_KEYWORDS, "N_": None}

HEADER = """\
msgid ""
msgstr ""
"Language: en\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def collected() -> Catalog:
    """Return a catalogue of every text that is marked for translation."""
    found = Catalog(project="Kontor", charset="utf-8")
    for _, _, message, _, context in extract_from_dir(
        ROOT / "app", METHODS, OPTIONS, keywords=KEYWORDS
    ):
        found.add(message, None, context=context)
    return found


def updated() -> Catalog:
    """Return the English catalogue with new texts added and vanished ones dropped."""
    english = Catalog(locale="en", project="Kontor", charset="utf-8")
    if CATALOGUE.exists():
        with CATALOGUE.open("rb") as source:
            english = read_po(source, "en")
    english.update(collected(), no_fuzzy_matching=True)
    english.obsolete.clear()
    english.fuzzy = False
    return english


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as its file has it: sorted, without places and dates."""
    out = BytesIO()
    write_po(out, catalogue, width=100, no_location=True, sort_output=True, omit_header=True)
    return HEADER.encode() + out.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the texts that have no English, or whose places differ from the German ones."""
    missing = []
    for message in catalogue:
        if not message.id:
            continue
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(said):
            missing.append(str(message.id))
            continue
        missing += [f"{message.id}: {error}" for error in message.check()]
    return missing


def main() -> int:
    """Update the catalogue, or check it; return the exit status."""
    catalogue = updated()
    content = written(catalogue)
    if "--check" not in sys.argv:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        CATALOGUE.write_bytes(content)
    elif not CATALOGUE.exists() or CATALOGUE.read_bytes() != content:
        print("The catalogue is not up to date: run `make fix`.")
        return 1
    missing = untranslated(catalogue)
    for text in missing:
        print(f"No English: {text}")
    return 1 if missing and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
