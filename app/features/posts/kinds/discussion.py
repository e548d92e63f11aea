"""Discussions: something to tell or to talk over."""

from typing import Annotated, Any, Literal

from app.core.asking import Asked
from app.core.i18n import N_
from app.features.posts.kinds import Details, Kind, Shown


class Discussion(Details):
    kind: Annotated[Literal["discussion"], Asked(N_("Art"), widget="hidden")] = "discussion"


def _structured(post: Shown) -> dict[str, Any]:
    return {
        "@type": "DiscussionForumPosting",
        "headline": post.title,
        "text": post.text,
        "url": post.url,
        "datePublished": post.published_at,
        "dateModified": post.edited_at or post.published_at,
        "author": post.author,
        "commentCount": post.replies,
        "comment": [{"@type": "Comment", **reply} for reply in post.others],
    }


KIND = Kind(
    Discussion,
    label=N_("Diskussion"),
    plural=N_("Diskussionen"),
    hint=N_("Etwas mitteilen oder zur Sprache bringen"),
    example=Discussion(),
    structured=_structured,
)
