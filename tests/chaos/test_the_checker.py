"""The checker must find what it is there to find."""

from collections import Counter

import pytest

from tests.chaos.invariants import check_mails, check_writes, halves, misfiled, orphans
from tests.chaos.ledger import Answer, Writers, foundings, uploads


def broken_by(house, writer, damage: str) -> list[str]:
    """Found groups, do damage behind the application's back, and return what the checker says."""
    house.open()
    prefix = "F00 Probe"
    with Writers(house.address, writer, foundings(prefix), count=1) as writers:
        while writers.acknowledged < 2:
            assert not writers.faults
    with house.connected() as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
        connection.execute(damage)
        findings = check_writes(connection, writers.ledger, "groups", "name")
        return findings.broken + orphans(connection) + halves(connection)


def test_nothing_is_found_where_nothing_is_wrong(house, writer):
    assert broken_by(house, writer, "SELECT 1") == []


def test_a_lost_write_is_found(house, writer):
    broken = broken_by(house, writer, "DELETE FROM groups WHERE name = 'F00 Probe 1'")
    assert any("acknowledged and lost" in sentence for sentence in broken)
    assert any("fk_memberships_group_id_groups" in sentence for sentence in broken)


def test_a_second_effect_is_found(house, writer):
    broken = broken_by(house, writer, "UPDATE groups SET name = 'F00 Probe 1'")
    assert any("stored more than once" in sentence for sentence in broken)


def test_a_half_written_group_is_found(house, writer):
    broken = broken_by(house, writer, "DELETE FROM events WHERE name = 'group.founded'")
    assert any("F00 Probe" in sentence for sentence in broken)


@pytest.mark.parametrize("damage", ["gone", "cut short", "stray"])
def test_bytes_and_media_that_miss_each_other_are_found(house, writer, hold, damage):
    house.open()
    with Writers(house.address, writer, uploads(f"F00 {damage}", 1), count=1) as writers:
        while not writers.acknowledged:
            assert not writers.faults
    hold()
    files = [path for path in house.media.glob("*/*/*") if path.name[0] != "."]
    content = files[0].read_bytes()
    stray = files[0].with_name("f" * 64)
    match damage:
        case "gone":
            files[0].unlink()
        case "cut short":
            files[0].write_bytes(content[:-1])
        case "stray":
            stray.write_bytes(b"?")
    with house.connected() as connection:
        assert misfiled(connection, house.media)  # media may share the bytes that are damaged
    stray.unlink(missing_ok=True)
    files[0].write_bytes(content)
    hold()


def test_forbidden_answers_are_found():
    allowed = [Answer(201, 0.1), Answer(503, 0.1, "2"), Answer(None, 0.1)]
    forbidden = [Answer(500, 0.1), Answer(503, 0.1), Answer(None, 10.1), Answer(404, 0.1)]
    assert all(answer.is_allowed for answer in allowed)
    assert not any(answer.is_allowed for answer in forbidden)


def test_missing_and_surplus_mails_are_found():
    delivered = {"a": Counter(one=1), "b": Counter(one=3), "c": Counter(one=1, two=1)}
    assert check_mails(["a"], delivered, kills=0).broken == []
    assert check_mails(["b"], delivered, kills=2).broken == []
    assert check_mails(["b"], delivered, kills=1).broken
    assert check_mails(["c"], delivered, kills=9).broken
    assert check_mails(["d"], delivered, kills=9).broken
