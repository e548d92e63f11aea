"""How a use-case declines to act; the edges turn refusals into HTTP."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.core.i18n import N_


class Refusal(Exception):  # noqa: N818 - a refusal is an outcome, not a fault
    """A use-case declined to act.

    ``code`` is stable and unique, ``text`` is the German message with ``%(name)s`` places for
    ``params``. Texts never repeat what the caller sent. ``keeps_writes`` has the transaction
    commit what was written before: a failed attempt that counts, a warning to the owner.
    """

    code: ClassVar[str] = "refused"
    text: ClassVar[str] = N_("Das ist nicht möglich.")
    keeps_writes: ClassVar[bool] = False

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params


class NotFound(Refusal):
    code = "not_found"
    text = N_("Das gibt es hier nicht, oder es ist nicht für Sie sichtbar.")


class Gone(Refusal):
    code = "gone"
    text = N_("Das ist nicht mehr verfügbar.")


class Forbidden(Refusal):
    code = "forbidden"
    text = N_("Dazu sind Sie nicht berechtigt.")


class SignInRequired(Refusal):
    code = "sign_in_required"
    text = N_("Bitte melden Sie sich an.")


class Conflict(Refusal):
    code = "conflict"
    text = N_("Das passt nicht zum jetzigen Stand.")


class Stale(Refusal):
    code = "stale"
    text = N_(
        "Das wurde inzwischen von anderer Seite geändert. Bitte laden Sie den neuen Stand und "
        "prüfen Sie Ihre Änderung."
    )


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; ``path`` leads to it, ``text`` is German.

    A confirmable one is a warning: it can be confirmed by its code, and then no longer refuses.
    """

    path: tuple[str | int, ...]
    code: str
    text: str
    params: dict[str, Any] = field(default_factory=dict)
    is_confirmable: bool = False

    @property
    def pointer(self) -> str:
        """The field as a JSON pointer (RFC 6901)."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in self.path)
        return "".join(f"/{part}" for part in parts)


class Invalid(Refusal):
    """The input cannot be taken; ``errors`` name the fields."""

    code = "invalid"
    text = N_("Bitte prüfen Sie Ihre Eingaben.")

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors

    @classmethod
    def one(cls, name: str, code: str, text: str, **params: Any) -> "Invalid":
        """Complain about the single field ``name``."""
        return cls(FieldError((name,), code, text, params))


class TooMany(Refusal):
    """A limit is reached; ``retry_after`` is in seconds."""

    code = "too_many"
    text = N_("Das waren zu viele Versuche. Bitte warten Sie etwas.")

    def __init__(self, retry_after: int = 60, **params: Any) -> None:
        super().__init__(**params)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """Not now; ``retry_after`` is in seconds."""

    code = "unavailable"
    text = N_("Das geht gerade nicht. Bitte versuchen Sie es gleich noch einmal.")

    def __init__(self, retry_after: int = 5) -> None:
        super().__init__()
        self.retry_after = retry_after
