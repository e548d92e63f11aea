"""Topics as drafts know them: codes from the shipped table."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.core.i18n import N_, Locale, current_locale
from app.reference.tables import topics


def _known(code: str) -> str:
    if code not in topics():
        text = N_("Dieses Thema kennen wir nicht. Bitte wählen Sie eines der angebotenen.")
        unknown = "unknown_topic"
        raise PydanticCustomError(unknown, text)
    return code


Topic = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(topics())})
]


def topic_choices(locale: Locale) -> Sequence[tuple[str, str]]:
    """Return code and title of every topic, for forms."""
    return [(topic.code, topic.en if locale == "en" else topic.de) for topic in topics().values()]


def topic_titles(codes: Sequence[str], locale: Locale | None = None) -> list[str]:
    """Return what topics are called in a language (the current one by default)."""
    titles = dict(topic_choices(locale or current_locale.get()))
    return [titles[code] for code in codes if code in titles]
