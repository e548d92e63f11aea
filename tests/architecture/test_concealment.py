"""Who is behind a concealed post is read in one module, and asked by few."""

import re

from tests.architecture.test_source import SOURCES

READER = "app/features/posts/concealing.py"
TABLE = re.compile(r"\bConcealedAuthor\b|\bconcealed_authors\b")
# What of that module tells who it is, and by whom it may be asked: for mails to themselves, for
# the warnings of their own drafts, for whom both sides have released, and for withdrawing the
# posts of whoever leaves.
TELLING = {
    "behind": set(),
    "speakers_of": {
        "app/features/posts/attaching.py",
        "app/features/posts/editing.py",
        "app/features/posts/keeping.py",
        "app/features/posts/publishing.py",
    },
    "person_behind": {"app/features/inquiries/faces.py"},
    "company_behind": {"app/features/inquiries/faces.py"},
    "hidden_by": {"app/features/succession/leaving.py"},
}


def readers_of_the_table(sources):
    return {path for path, text in sources.items() if TABLE.search(text)} - {
        READER,
        "app/models/posts.py",
    }


def importers_of(name, sources):
    imported = re.compile(
        r"from app\.features\.posts\.concealing import (?:\([^)]*|[^\n(]*)\b" + name + r"\b"
    )
    return {path for path, text in sources.items() if imported.search(text)}


def test_one_module_reads_who_is_behind_a_concealed_post():
    assert not readers_of_the_table(SOURCES)


def test_few_ask_it():
    for name, allowed in TELLING.items():
        assert importers_of(name, SOURCES) == allowed, name
    whole = re.compile(r"import concealing|posts import .*\bconcealing\b")
    assert not {path for path, text in SOURCES.items() if whole.search(text)}


def test_the_rules_can_fail():
    wrong = {"app/a.py": "from app.models.posts import ConcealedAuthor\n"}
    assert readers_of_the_table(wrong) == {"app/a.py"}
    for text in ("import behind\n", "import conceal, behind\n", "import (\n    behind,\n)\n"):
        asked = {"app/b.py": f"from app.features.posts.concealing {text}"}
        assert importers_of("behind", asked) == {"app/b.py"}
