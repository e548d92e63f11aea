"""Details that not every reader of a post may see, left out where the rows are read."""

from functools import cache
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, case, cast
from sqlalchemy.dialects.postgresql import JSONB

from app.core.actor import Actor
from app.features.posts.drafts import KINDS
from app.features.posts.kinds import Disclosure
from app.models.posts import Post


def disclosed(
    actor: Actor, details: Any = Post.details, *, kept: Any = None
) -> ColumnElement[dict[str, Any]]:
    """Return details without what ``actor`` may not see; all of them where ``kept`` is true."""
    left_out = _left_out(is_signed_in=actor.is_signed_in)
    cases = [
        (Post.kind == kind, details.op("-", return_type=JSONB())(cast(names, ARRAY(Text()))))
        for kind, names in left_out.items()
    ]
    if kept is not None:
        cases.insert(0, (kept, details))
    if not cases:
        return cast(details, JSONB())
    return case(*cases, else_=details)


@cache
def _left_out(*, is_signed_in: bool) -> dict[str, str]:
    """Return the fields to leave out, by kind, as PostgreSQL writes an array."""
    closed = (Disclosure.KEEPER,) if is_signed_in else (Disclosure.KEEPER, Disclosure.SIGNED_IN)
    hidden = {key: kind.kept_from(*closed) for key, kind in KINDS.items()}
    return {key: f"{{{','.join(names)}}}" for key, names in hidden.items() if names}
