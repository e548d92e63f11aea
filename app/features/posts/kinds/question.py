"""Questions: whoever asks may accept one reply as the answer that helped most."""

from typing import Annotated, Any, Literal

from app.core.asking import Asked
from app.core.i18n import N_
from app.features.posts.kinds import Details, Kind, Shown


class Question(Details):
    kind: Annotated[Literal["question"], Asked(N_("Art"), widget="hidden")] = "question"


def _structured(post: Shown) -> dict[str, Any]:
    question = {
        "@type": "Question",
        "name": post.title,
        "text": post.text,
        "url": post.url,
        "datePublished": post.published_at,
        "author": post.author,
        "answerCount": post.replies,
        "suggestedAnswer": [{"@type": "Answer", **reply} for reply in post.others],
    }
    if post.accepted:
        question["acceptedAnswer"] = {"@type": "Answer", **post.accepted}
    return {"@type": "QAPage", "mainEntity": question}


KIND = Kind(
    Question,
    label=N_("Frage"),
    plural=N_("Fragen"),
    hint=N_("Rat suchen; die hilfreichste Antwort können Sie auszeichnen"),
    example=Question(),
    structured=_structured,
    may_accept_answer=True,
)
