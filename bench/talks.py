"""The groups of the measured region, and what is said in them and beside them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.core.text import make_slug, sort_key
from app.models.follows import FollowTarget
from app.models.groups import Admission, Standing
from app.models.posts import PostStatus
from app.reference.tables import topics
from bench.copying import id_at
from bench.prose import Author
from bench.regions import MadePerson, Region
from bench.words import GROUP_FORMS, TAGS, TOPIC_NAMES

MOST_REPLIES: Final = 40
_LARGEST_GROUP: Final = 0.6  # of all people
_DECLINE: Final = 0.75  # members of the n-th largest group fall with n to this power
_SHARE_IN_GROUPS: Final = 0.7
_SHARE_AS_COMPANY: Final = 0.25
_SHARE_QUESTIONS: Final = 0.4
_SHARE_ACCEPTED: Final = 0.35
_SHARE_WITHDRAWN: Final = 0.01
_DAYS: Final = 720  # over which people have posted
_REACTIONS_PER_POST: Final = 2
_BOOKMARKS_PER_POST: Final = 0.3


@dataclass(frozen=True, slots=True)
class MadeGroup:
    """A group; ``members`` are numbers of people, the owner first."""

    id: UUID
    name: str
    admission: Admission
    since: datetime
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MadePost:
    """A post, and how many replies it gets."""

    id: UUID
    kind: str
    at: datetime
    group: int | None
    author: int
    replies: int


class Talks:
    """Makes groups, posts and replies among the people of a region."""

    def __init__(
        self, numbers: random.Random, now: datetime, region: Region, author: Author
    ) -> None:
        self._numbers = numbers
        self._now = now
        self._people: list[MadePerson] = region.people
        self._author = author
        self._voices = {
            person: company.id for company in region.companies for person in company.staff[:2]
        }
        self.groups: list[MadeGroup] = []
        self.posts: list[MadePost] = []
        self._accepted: dict[UUID, UUID] = {}
        self._replies: list[tuple[UUID, datetime]] = []

    def settle(self, groups: int, posts: int, replies: int) -> None:
        """Decide who talks where, and how much."""
        for number in range(groups):
            self.groups.append(self._group(number))
        answered = self._spread(posts, replies)
        sizes = [len(group.members) for group in self.groups]
        homes = self._numbers.choices(range(groups), sizes, k=posts)
        for number in range(posts):
            self.posts.append(self._post(homes[number], answered[number]))
        self.posts.sort(key=lambda post: post.at)

    def group_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the groups."""
        for number, group in enumerate(self.groups):
            about, charter = self._author.prose(2), self._author.prose(2)
            yield {
                "id": group.id,
                "created_at": group.since,
                "updated_at": group.since,
                "slug": f"{make_slug(group.name)}-{number + 1}",
                "name": group.name,
                "sort_name": sort_key(group.name),
                "summary": about.excerpt[:160],
                "description": about.source,
                "description_html": about.html,
                "charter": charter.source,
                "charter_html": charter.html,
                "admission": group.admission,
                "topics": self._numbers.sample(list(topics()), 1 + number % 2),
                "founded_by_id": self._people[group.members[0]].id,
            }

    def group_place_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the places of the groups."""
        for group in self.groups:
            home = self._people[group.members[0]].postcode
            yield {"group_id": group.id, "place_id": home.municipality_id}

    def membership_rows(self) -> Iterator[dict[str, Any]]:
        """Yield who belongs to which group, and who asks to."""
        for group in self.groups:
            for place, person in enumerate(group.members):
                at = self._between(max(group.since, self._people[person].since))
                asks = group.admission != Admission.OPEN and self._numbers.random() < 0.03  # noqa: PLR2004
                standing = Standing.MODERATOR if place in {1, 2} else Standing.MEMBER
                yield {
                    "id": id_at(at, self._numbers),
                    "created_at": at,
                    "updated_at": at,
                    "group_id": group.id,
                    "person_id": self._people[person].id,
                    "standing": (Standing.REQUESTED if asks else standing)
                    if place
                    else Standing.OWNER,
                    "since": at,
                    "charter_version": 1,
                }

    def post_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the posts, oldest first."""
        for post in self.posts:
            text = self._author.prose(self._numbers.choices((1, 2, 3, 4, 6), (3, 4, 3, 2, 1))[0])
            speaks = self._numbers.random() < _SHARE_AS_COMPANY
            gone = self._numbers.random() < _SHARE_WITHDRAWN
            yield {
                "id": post.id,
                "created_at": post.at,
                "updated_at": post.at,
                "kind": post.kind,
                "title": self._author.title(),
                "body": text.source,
                "body_html": text.html,
                "excerpt": text.excerpt,
                "details": {},
                "tags": self._numbers.sample(TAGS, self._numbers.choice((0, 1, 1, 2, 3))),
                "author_id": self._people[post.author].id,
                "company_id": self._voices.get(post.author) if speaks else None,
                "group_id": None if post.group is None else self.groups[post.group].id,
                "place_id": self._people[post.author].postcode.municipality_id,
                "status": PostStatus.WITHDRAWN if gone else PostStatus.ACTIVE,
                "published_at": post.at,
                "ended_at": post.at if gone else None,
            }

    def reply_rows(self) -> Iterator[dict[str, Any]]:
        """Yield the replies, and remember which are accepted."""
        for post in self.posts:
            everyone = range(len(self._people))
            around = everyone if post.group is None else self.groups[post.group].members
            step = min(timedelta(hours=6), (self._now - post.at) / (post.replies + 1))
            for number in range(post.replies):
                text = self._author.prose(self._numbers.choices((1, 2, 3), (6, 3, 1))[0])
                at = post.at + step * (number + self._numbers.random())
                author = self._numbers.choice(around)
                speaks = self._numbers.random() < _SHARE_AS_COMPANY
                reply = id_at(at, self._numbers)
                self._replies.append((reply, at))
                accepts = number == 0 and self._numbers.random() < _SHARE_ACCEPTED
                if post.kind == "question" and accepts:
                    self._accepted[post.id] = reply
                yield {
                    "id": reply,
                    "created_at": at,
                    "updated_at": at,
                    "post_id": post.id,
                    "body": text.source,
                    "body_html": text.html,
                    "author_id": self._people[author].id,
                    "company_id": self._voices.get(author) if speaks else None,
                    "published_at": at,
                }

    @property
    def accepted(self) -> dict[UUID, UUID]:
        """The accepted reply of each question that has one, once the replies are made."""
        return self._accepted

    def reaction_rows(self) -> Iterator[dict[str, Any]]:
        """Yield who found which post or reply helpful."""
        found = [(post.id, None, post.at) for post in self.posts]
        found_replies = [(None, reply, at) for reply, at in self._replies]
        for post, reply, at in (*found, *found_replies):
            count = min(int(self._numbers.expovariate(1 / _REACTIONS_PER_POST)), 60)
            for person in self._some_people(count if post else count // 3):
                yield {
                    "id": id_at(at, self._numbers),
                    "created_at": at,
                    "person_id": person.id,
                    "post_id": post,
                    "reply_id": reply,
                }

    def bookmark_rows(self) -> Iterator[dict[str, Any]]:
        """Yield who keeps which post."""
        for post in self.posts:
            count = int(self._numbers.expovariate(1 / _BOOKMARKS_PER_POST) + 0.5)
            for person in self._some_people(count):
                yield {
                    "id": id_at(post.at, self._numbers),
                    "created_at": post.at,
                    "person_id": person.id,
                    "post_id": post.id,
                }

    def follow_rows(self) -> Iterator[dict[str, Any]]:
        """Yield what people want to hear of: a topic and their town."""
        for person in self._people:
            topic = self._numbers.choice(list(topics()))
            wishes = (
                (FollowTarget.TOPIC, topic),
                (FollowTarget.PLACE, str(person.postcode.municipality_id)),
            )
            for target, key in wishes:
                yield {
                    "id": id_at(person.since, self._numbers),
                    "created_at": person.since,
                    "person_id": person.id,
                    "target": target,
                    "key": key,
                }

    def _group(self, number: int) -> MadeGroup:
        people = len(self._people)
        size = max(3, int(people * _LARGEST_GROUP / (number + 1) ** _DECLINE))
        members = self._numbers.sample(range(people), min(size, people))
        topic = TOPIC_NAMES[number % len(TOPIC_NAMES)]
        town = self._people[members[0]].postcode.town
        name = f"{self._numbers.choice(GROUP_FORMS)} {topic} {town}"
        kinds = (Admission.OPEN, Admission.ON_REQUEST, Admission.HIDDEN)
        admission = self._numbers.choices(kinds, (70, 20, 10))[0] if number else Admission.OPEN
        since = self._now - timedelta(days=_DAYS + self._numbers.randrange(1, 100))
        return MadeGroup(id_at(since, self._numbers), name, admission, since, tuple(members))

    def _post(self, home: int, replies: int) -> MadePost:
        inside = self._numbers.random() < _SHARE_IN_GROUPS
        group = home if inside else None
        everyone = range(len(self._people))
        author = self._numbers.choice(self.groups[home].members if inside else everyone)
        at = self._now - timedelta(days=_DAYS) * self._numbers.random() ** 1.5  # more lately
        kind = "question" if self._numbers.random() < _SHARE_QUESTIONS else "discussion"
        return MadePost(id_at(at, self._numbers), kind, at, group, author, replies)

    def _spread(self, posts: int, replies: int) -> list[int]:
        """Share out the replies: many posts get none, a few get many."""
        mean = replies / posts
        counts = [min(int(self._numbers.expovariate(1 / mean)), MOST_REPLIES) for _ in range(posts)]
        counts[posts // 2] = MOST_REPLIES
        left = replies - sum(counts)
        while left:
            number = self._numbers.randrange(posts)
            step = 1 if left > 0 else -1
            if 0 <= counts[number] + step <= MOST_REPLIES:
                counts[number] += step
                left -= step
        return counts

    def _between(self, earliest: datetime) -> datetime:
        return earliest + (self._now - earliest) * self._numbers.random()

    def _some_people(self, count: int) -> list[MadePerson]:
        return self._numbers.sample(self._people, count)
