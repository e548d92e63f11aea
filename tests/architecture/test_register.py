"""Rules for what is registered by its existence: refusals, events, orders, tables."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint

from app.core import events
from app.core.events import Event
from app.core.i18n import catalogue
from app.core.paging import ORDERS
from app.edge.problems import kinds, problems
from app.edge.refusals import status_of
from app.models import Base
from app.runtime import load_features
from tests.architecture import rules
from tests.architecture.test_contract import OPERATIONS
from tests.architecture.test_source import SOURCES

load_features()

# Refusals that any operation may answer with: of the edge, and where the keys of the server fail.
OF_THE_EDGE = {
    "cross_origin",
    "fault",
    "method_not_allowed",
    "sealed_unreadable",
    "two_credentials",
}
OF_PAGES = {"post_key_invalid", "stop_key_invalid"}  # of links in mails
OF_COMMANDS = {"calendar_unreadable", "import_running", "unusable_file"}
# Foreign keys that no list follows backwards; without an index each row is cheaper to write.
NOT_FOLLOWED = {
    "claims.decided_by_id",
    "contacts.place_id",
    "contacts.stand_in_id",
    "groups.founded_by_id",
    "staff_invitations.invited_by_id",
    "group_invitations.invited_by_id",
    "posts.accepted_reply_id",
    "post_revisions.replaced_by_id",
    "replies.company_id",
    "mentions.reply_id",
    "mentions.company_id",
}


def repeated(values: list[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def test_every_refusal_has_a_code_of_its_own():
    codes = [kind.code for kind in kinds()]
    assert len(codes) > 30
    assert not repeated(codes)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", code) for code in codes)
    assert repeated(["a", "b", "a"]) == ["a"]


def test_every_refusal_says_its_own_code_and_text():
    assert not [kind.__name__ for kind in kinds() if "code" not in kind.__dict__]
    assert all(kind.text.endswith((".", ".)")) and "!" not in kind.text for kind in kinds())


def test_every_refusal_has_a_status_and_a_place_in_the_catalogue():
    assert {one.code for one in problems()} == {kind.code for kind in kinds()}
    assert all(400 <= status_of(kind) <= 599 for kind in kinds())


def untranslated(texts: list[str]) -> list[str]:
    """Texts without English; one that is spelled the same in both is in the catalogue too."""
    english = catalogue("en")
    known = getattr(english, "_catalog", {})
    return [text for text in texts if not known.get(text)]


def test_every_refusal_and_order_is_said_in_english_too():
    texts = [kind.text for kind in kinds()] + [order.text for order in ORDERS.values()]
    assert not untranslated(texts)
    assert untranslated(["Das gibt es nicht im Katalog."])


def test_no_refusal_repeats_what_was_sent():
    assert not [kind.code for kind in kinds() if re.search(r"\{|%s|%d", kind.text)]


def test_every_event_has_a_name_of_its_own_in_the_past_tense():
    names = [event.name for event in known_events()]
    assert len(names) > 20
    assert not repeated(names)
    assert not [name for name in names if not re.fullmatch(r"[a-z_]+\.[a-z_]+", name)]


def known_events() -> list[type[Event]]:
    known = [kind for kind in _heirs(Event) if kind.__module__.startswith("app.")]
    return [kind for kind in known if not kind.__subclasses__()]  # others only share fields


def _heirs(of: type[Event]) -> Iterator[type[Event]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _heirs(kind)


@cache
def used_names() -> set[str]:
    return {name for source in SOURCES.values() for name in rules.references(source)}


def test_every_event_happens_somewhere():
    assert not [event.__name__ for event in known_events() if event.__name__ not in used_names()]
    only_heard = "@on(Left)\nasync def tell(session, event: Left) -> None: ...\n"
    assert "Left" not in rules.references(only_heard)
    assert "Left" in rules.references("emit(session, Left(id=1))")


def test_every_subscriber_and_every_tick_is_known_by_one_name():
    for name, found in events.SUBSCRIBERS.items():
        assert name in {event.name for event in known_events()}
        assert all(path.startswith("app.") for path in found)
    by_the_clock = [*events.TICKS.values(), *events.ERRANDS.values()]
    assert all(len(cron.split()) == 5 for cron, _ in by_the_clock)


def test_every_order_is_described_for_readers():
    assert len(ORDERS) > 5
    assert all(order.text and order.text[0].isupper() for order in ORDERS.values())
    assert not repeated([order.text for order in ORDERS.values()])


def bare_foreign_keys(table: Table) -> list[str]:
    """Foreign keys by which rows cannot be found without reading the whole table."""
    leading = {next(iter(index.columns)).name for index in table.indexes if len(index.columns)}
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint | PrimaryKeyConstraint):
            leading |= {column.name for column in list(constraint.columns)[:1]}
    return [
        f"{table.name}.{column.name}"
        for column in table.columns
        if column.foreign_keys and column.name not in leading
    ]


def test_rows_are_found_by_what_they_belong_to():
    bare = [one for table in Base.metadata.sorted_tables for one in bare_foreign_keys(table)]
    assert set(bare) == NOT_FOLLOWED


def test_every_refusal_that_an_operation_can_meet_is_documented():
    documented = {
        code
        for one in OPERATIONS.values()
        for answer in one["responses"].values()
        for code in re.findall(r"`(\w+)`", answer["description"])
    }
    met = {kind.code for kind in kinds() if not kind.__subclasses__()}
    assert not met - documented - OF_THE_EDGE - OF_COMMANDS - OF_PAGES
