"""What must hold however things broke: the checker, which is itself put to the test."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from app.core.sealing import SealedUnreadable, open_file
from app.core.storage import Disk, digest_of
from app.models import Base
from app.models.sealed import SealedText
from tests.chaos.ledger import Deed, statuses

Connection = psycopg.Connection[Any]


@dataclass(slots=True)
class Findings:
    """What was counted, and every sentence that should not be true."""

    numbers: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def complain(self, what: str, culprits: Iterable[object]) -> None:
        found = list(culprits)
        if found:
            self.broken.append(f"{what}: {len(found)}, for example {found[:3]}")

    def called(self, name: str) -> "Findings":
        """Tell these numbers from those of others."""
        return Findings({f"{name}: {one}": n for one, n in self.numbers.items()}, self.broken)


def check_writes(connection: Connection, ledger: list[Deed], table: str, column: str) -> Findings:
    """Check what clients were told against what is stored."""
    values = [deed.value for deed in ledger]
    rows = connection.execute(
        sql.SQL("SELECT {} FROM {}").format(sql.Identifier(column), sql.Identifier(table))
    )
    stored = Counter(SealedText().opened(value) for (value,) in rows)
    findings = Findings()
    told = [deed for deed in ledger if deed.is_acknowledged]
    untold = [deed for deed in ledger if not deed.is_acknowledged]
    lost = [deed.value for deed in told if stored[deed.value] == 0]
    twice = [value for value in values if stored[value] > 1]
    findings.complain("acknowledged and lost", lost)
    findings.complain("stored more than once", twice)
    different = [deed.value for deed in told if len(_bodies(deed)) > 1]
    findings.complain("answered differently under one key", different)
    wrong = [
        (deed.value, answer.status, round(answer.seconds, 1), answer.body[:200])
        for deed in ledger
        for answer in deed.answers
        if not answer.is_allowed
    ]
    findings.complain("answers that nobody should get", wrong)
    findings.numbers = {
        "asked": len(ledger),
        "acknowledged": len(told),
        "lost": len(lost),
        "stored twice": len(twice),
        "stored without an acknowledgement": sum(stored[deed.value] for deed in untold),
        "replayed": sum(answer.replayed for deed in ledger for answer in deed.answers),
        "slowest answer, s": round(
            max((answer.seconds for deed in ledger for answer in deed.answers), default=0), 2
        ),
        "answers": statuses(ledger),
    }
    return findings


def _bodies(deed: Deed) -> set[bytes]:
    return {answer.body for answer in deed.answers if answer.is_success}


def check_mails(
    expected: Iterable[str], delivered: Mapping[str, Mapping[str, int]], kills: int
) -> Findings:
    """Check mails by recipient and Message-ID: each at least once, at most once more a kill."""
    findings = Findings()
    wanted = list(expected)
    findings.complain("never mailed", [to for to in wanted if not delivered.get(to)])
    findings.complain(
        "mailed more than one message", [to for to in wanted if len(delivered.get(to, {})) > 1]
    )
    copies = [number for to in wanted for number in delivered.get(to, {}).values()]
    findings.complain("copies beyond the kills", [n for n in copies if n > 1 + kills])
    findings.numbers = {
        "mails": len(copies),
        "second copies": sum(copies) - len(copies),
        "most copies of one": max(copies, default=0),
    }
    return findings


def orphans(connection: Connection) -> list[str]:
    """List rows whose foreign key leads nowhere, for every foreign key there is."""
    found = []
    for table in Base.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            parent = constraint.referred_table
            pairs = [(key.parent.name, key.column.name) for key in constraint.elements]
            query = sql.SQL(
                "SELECT count(*) FROM {child} AS c LEFT JOIN {parent} AS p ON {same}"
                " WHERE {given} AND p.{one} IS NULL"
            ).format(
                child=sql.Identifier(table.name),
                parent=sql.Identifier(parent.name),
                same=sql.SQL(" AND ").join(
                    sql.SQL("c.{} = p.{}").format(sql.Identifier(ours), sql.Identifier(theirs))
                    for ours, theirs in pairs
                ),
                given=sql.SQL(" AND ").join(
                    sql.SQL("c.{} IS NOT NULL").format(sql.Identifier(ours)) for ours, _ in pairs
                ),
                one=sql.Identifier(pairs[0][1]),
            )
            row = connection.execute(query).fetchone()
            if row and row[0]:
                found.append(f"{constraint.name}: {row[0]}")
    return found


def halves(connection: Connection) -> list[str]:
    """List groups of which only a part was written: owner, event and row belong together."""
    rows = connection.execute(
        "SELECT g.name, count(DISTINCT m.id), count(DISTINCT e.id) FROM groups g"
        " LEFT JOIN memberships m ON m.group_id = g.id AND m.standing = 'owner'"
        " LEFT JOIN events e ON e.name = 'group.founded'"
        " AND e.payload->>'group_id' = g.id::text"
        " WHERE g.name LIKE 'F__ %%' GROUP BY g.id"
        " HAVING count(DISTINCT m.id) <> 1 OR count(DISTINCT e.id) <> 1"
    ).fetchall()
    return [str(row) for row in rows]


def misfiled(connection: Connection, folder: Path) -> list[str]:
    """List media whose bytes are not kept whole, and kept bytes that no row names."""
    disk = Disk(folder)
    named = connection.execute(
        "SELECT m.id, r.value FROM media AS m, jsonb_each_text(m.renditions) AS r"
    ).fetchall()
    released = connection.execute("SELECT digest FROM released_files").fetchall()
    found = []
    for medium, digest in named:
        path = disk.path(digest)
        if not _is_whole(path, digest):
            found.append(f"medium {medium} without its bytes")
    known = {digest for _, digest in named} | {digest for (digest,) in released}
    stray = [path.name for path in folder.glob("*/*/*") if path.name not in known]
    return found + [f"bytes that nothing names: {name}" for name in stray if name[0] != "."]


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return path.exists() and digest_of(open_file(path.read_bytes(), digest)) == digest
    except SealedUnreadable:
        return False
