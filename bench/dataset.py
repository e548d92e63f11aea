"""The measured region: made data in the size of a real chamber's district, the same every time.

``python -m bench.dataset --scale 10`` makes it without measuring anything.
"""

import argparse
import random
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Final

import psycopg

from app.demo.companies import TOWN_OF
from app.models.accounts import Account, SignedInSession
from app.models.companies import Company, CompanySector, Contact, Site, Staff
from app.models.follows import Follow
from app.models.groups import Group, GroupPlace, Membership
from app.models.people import Person
from app.models.posts import Bookmark, Post, Reaction, Reply
from bench.copying import Copying
from bench.database import Ready, prepared_database
from bench.prose import Author
from bench.regions import Postcode, Region
from bench.talks import Talks

SEED: Final = 20_260_101
SCALES: Final = (1, 10)

_FILE: Final = """
WITH RECURSIVE parents (id, up) AS (
    SELECT id, parent_id FROM places WHERE parent_id IS NOT NULL
    UNION SELECT postcode_id, municipality_id FROM postcode_municipalities
), around (id, up) AS (
    SELECT place_id, place_id FROM posts WHERE place_id IS NOT NULL
    UNION SELECT a.id, p.up FROM around a JOIN parents p ON p.id = a.up
), headings (post_id, target, key) AS (
    SELECT id, 'kind', kind FROM posts
    UNION SELECT id, 'tag', unnest(tags) FROM posts
    UNION SELECT id, 'person', author_id::text FROM posts WHERE author_id IS NOT NULL
    UNION SELECT id, 'company', company_id::text FROM posts WHERE company_id IS NOT NULL
    UNION SELECT id, 'group', group_id::text FROM posts WHERE group_id IS NOT NULL
    UNION SELECT p.id, 'place', a.up::text FROM posts p JOIN around a ON a.id = p.place_id
    UNION SELECT p.id, 'sector', c.classification || ':' || named
        FROM posts p JOIN company_sectors c USING (company_id),
        unnest(ARRAY[c.section, c.division]) AS named WHERE named IS NOT NULL
    UNION SELECT p.id, 'sector', '2008:' || (named #>> '{}')
        FROM posts p, unnest(ARRAY[
            '$.wz2008_section[*]', '$.wz2008_sections[*]',
            '$.wz2008_division[*]', '$.wz2008_divisions[*]'
        ]::jsonpath[]) AS path, jsonb_path_query(p.details, path) AS named
        WHERE named <> 'null'
)
INSERT INTO feed_entries (target, key, at, post_id, about, kind)
SELECT h.target, h.key, m.at, p.id, m.about, p.kind
FROM headings h
JOIN posts p ON p.id = h.post_id
LEFT JOIN replies r ON r.id = p.accepted_reply_id
CROSS JOIN LATERAL (
    VALUES ('post', p.published_at), ('answer', r.published_at)
) AS m (about, at)
WHERE p.status IN ('active', 'reserved') AND m.at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many there are of everything; the defaults are scale 1."""

    companies: int = 27_000
    people: int = 2_000
    groups: int = 200
    posts: int = 20_000
    replies: int = 60_000

    def times(self, scale: int) -> "Sizes":
        """Return ``scale`` times as many of everything."""
        return Sizes(*(getattr(self, field.name) * scale for field in fields(self)))


def fill(
    dsn: str, sizes: Sizes, now: datetime | None = None, *, with_answers: bool = True
) -> dict[str, int]:
    """Fill an empty, migrated database; return how many rows each table got.

    Without ``with_answers`` there are no reactions, bookmarks, follows and feeds.
    The same ``sizes`` and ``now`` (this day's beginning, if None) give the same rows, but for the
    ids of places, which the reference data bring along.
    """
    now = now or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    numbers = random.Random(SEED)
    author = Author(numbers)
    with psycopg.connect(dsn) as connection:
        region = Region(numbers, now, postcodes_in(connection), author)
        region.settle(sizes.people, sizes.companies)
        talks = Talks(numbers, now, region, author)
        talks.settle(sizes.groups, sizes.posts, sizes.replies)
        copying = Copying(connection)
        _write_region(copying, region)
        _write_talks(copying, talks)
        _accept(connection, talks)
        if with_answers:
            _write_answers(copying, talks)
            connection.execute("ANALYZE posts, company_sectors, places, replies")
            connection.execute(_FILE)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    return copying.written


def region_at(
    scale: int, given: str | None, *, anew: bool = False
) -> AbstractContextManager[Ready]:
    """Open a database with the region at ``scale``; make it if there is none yet, or ``anew``."""
    return prepared_database(scale, given, lambda url: fill(url, Sizes().times(scale)), anew=anew)


def _write_region(copying: Copying, region: Region) -> None:
    copying.into(Account, region.accounts())
    copying.into(SignedInSession, region.sessions())
    copying.into(Person, region.person_rows())
    copying.into(Company, region.company_rows())
    copying.into(Site, region.site_rows())
    copying.into(CompanySector, region.sector_rows())
    copying.into(Staff, region.staff_rows())
    copying.into(Contact, region.contact_rows())


def _write_talks(copying: Copying, talks: Talks) -> None:
    copying.into(Group, talks.group_rows())
    copying.into(GroupPlace, talks.group_place_rows())
    copying.into(Membership, talks.membership_rows())
    copying.into(Post, talks.post_rows())
    copying.into(Reply, talks.reply_rows())


def _write_answers(copying: Copying, talks: Talks) -> None:
    copying.into(Reaction, talks.reaction_rows())
    copying.into(Bookmark, talks.bookmark_rows())
    copying.into(Follow, talks.follow_rows())


def _accept(connection: psycopg.Connection, talks: Talks) -> None:
    connection.execute("CREATE TEMP TABLE accepted (post uuid, reply uuid) ON COMMIT DROP")
    with connection.cursor() as cursor, cursor.copy("COPY accepted FROM STDIN") as copy:
        for pair in talks.accepted.items():
            copy.write_row(pair)
    connection.execute("UPDATE posts SET accepted_reply_id = reply FROM accepted WHERE id = post")


def postcodes_in(connection: psycopg.Connection) -> list[Postcode]:
    """Return the postcodes of the region, in order."""
    rows = connection.execute(
        "SELECT id, parent_id, code, latitude, longitude FROM places "
        "WHERE kind = 'postcode' AND code = ANY(%s) ORDER BY code",
        [list(TOWN_OF)],
    )
    return [Postcode(id_, parent, code, TOWN_OF[code], *at) for id_, parent, code, *at in rows]


def main() -> None:
    """Make the data and say how long it took."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--scale", type=int, choices=SCALES, default=1)
    asked.add_argument("--database", help="an empty PostgreSQL 18 of your own")
    options = asked.parse_args()
    began = time.monotonic()
    with region_at(options.scale, options.database, anew=True) as ready:
        rows = ", ".join(f"{count:,} {table}" for table, count in ready.made.items())
        print(f"{rows} in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
