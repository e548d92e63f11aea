"""Clients that write down what they asked for and what they were told."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import httpx

from tests.features.media.files import a_picture

SECONDS_TO_ANSWER = 10
_SECONDS_BETWEEN_TRIES = 0.05
_MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, or that nothing did."""

    status: int | None  # None: the connection broke, or there was none
    seconds: float
    retry_after: str | None = None
    replayed: bool = False
    body: bytes = b""
    reached: bool = True  # a process, that is

    @property
    def is_success(self) -> bool:
        return self.status is not None and httpx.codes.is_success(self.status)

    @property
    def is_allowed(self) -> bool:
        """Whether a client may be told this while things break."""
        if self.status is None:
            return self.seconds < SECONDS_TO_ANSWER
        return self.is_success or (
            self.status == httpx.codes.SERVICE_UNAVAILABLE and self.retry_after is not None
        )


@dataclass(slots=True)
class Deed:
    """Something that shall happen once; ``value`` is what it leaves in the database."""

    path: str
    body: dict[str, Any]
    value: str
    file: bytes | None = None
    answers: list[Answer] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"deed-{self.value.replace(' ', '-')}"

    @property
    def is_acknowledged(self) -> bool:
        return any(answer.is_success for answer in self.answers)


def ask(client: httpx.Client, address: str, deed: Deed) -> Answer:
    """Send a deed once, under its key, and write the answer down."""
    began = time.monotonic()
    try:
        sent: dict[str, Any] = {"json": deed.body}
        if deed.file:
            sent = {"data": deed.body, "files": {"file": ("bild.png", deed.file)}}
        headers = {"Idempotency-Key": deed.key}
        got = client.post(f"{address}/api/v1{deed.path}", headers=headers, **sent)
    except httpx.TransportError as error:
        reached = not isinstance(error, httpx.ConnectError)
        answer = Answer(None, time.monotonic() - began, reached=reached)
    else:
        answer = Answer(
            got.status_code,
            time.monotonic() - began,
            got.headers.get("retry-after"),
            "idempotency-replayed" in got.headers,
            got.content,
        )
    deed.answers.append(answer)
    return answer


class Writers:
    """Clients that write at once until the block is left; every other one never gives up.

    The patient ones repeat a request under the same key until it succeeds. The others go on to
    the next at the first failure, so that there are requests of which nobody knows the end.
    """

    def __init__(
        self,
        address: Callable[[], str],
        headers: dict[str, str],
        deeds: Iterable[Deed],
        count: int = 4,
    ) -> None:
        self.ledger: list[Deed] = []
        self.faults: list[BaseException] = []
        self._address = address
        self._headers = headers
        self._deeds = iter(deeds)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._write, kwargs={"is_patient": number % 2 == 0})
            for number in range(count)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def acknowledged(self) -> int:
        return sum(deed.is_acknowledged for deed in list(self.ledger))

    def _next(self) -> Deed | None:
        with self._lock:
            deed = next(self._deeds, None)
            if deed:
                self.ledger.append(deed)
            return deed

    def _write(self, *, is_patient: bool) -> None:
        try:
            with httpx.Client(headers=self._headers, timeout=SECONDS_TO_ANSWER) as client:
                while not self._stop.is_set() and (deed := self._next()):
                    self._do(client, deed, is_patient=is_patient)
        except BaseException as fault:  # noqa: BLE001 - the test reports it
            self.faults.append(fault)

    def _do(self, client: httpx.Client, deed: Deed, *, is_patient: bool) -> None:
        for _ in range(_MOST_TRIES if is_patient else 1):
            if ask(client, self._address(), deed).is_success:
                return
            time.sleep(_SECONDS_BETWEEN_TRIES * random.uniform(0.5, 1.5))  # noqa: S311


def foundings(prefix: str) -> Iterable[Deed]:
    """Groups to found, each of a name that no other has."""
    for number in itertools.count(1):
        name = f"{prefix} {number}"
        yield Deed("/groups", {"name": name}, name)


def replies(post_id: str, prefix: str) -> Iterable[Deed]:
    """Replies to one post, each in words that no other has."""
    for number in itertools.count(1):
        words = f"{prefix} {number}"
        yield Deed(f"/posts/{post_id}/replies", {"body": words}, words)


def uploads(prefix: str, count: int) -> Iterable[Deed]:
    """Pictures, of which none has the bytes of another."""
    for number in range(1, count + 1):
        shown = f"{prefix} {number}"
        picture = a_picture(60, 30, "PNG", f"#{number:06x}")
        yield Deed("/media", {"alt": shown}, shown, picture)


def sign_ups(prefix: str, count: int) -> Iterable[Deed]:
    """People who ask for an account."""
    for number in range(1, count + 1):
        email = f"{prefix}-{number}@kontor.example"
        person = {"name": "Malte Ostermann", "email": email}
        agreed = {"is_old_enough": True, "accepts_terms": True}
        yield Deed("/accounts/sign-ups", {**person, **agreed}, email)


def statuses(ledger: Iterable[Deed]) -> dict[str, int]:
    """Count the answers by their status."""
    found = Counter(
        str(answer.status or ("broken" if answer.reached else "refused"))
        for deed in ledger
        for answer in deed.answers
    )
    return dict(sorted(found.items()))
