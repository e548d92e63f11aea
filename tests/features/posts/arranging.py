"""Posts and replies that tests arrange."""

from app.features.posts.drafts import draft_of
from app.features.posts.publishing import publish_post
from app.features.posts.replying import ReplyDraft, reply_to
from tests.makers import as_actor


def a_draft(kind="question", **fields):
    return draft_of(kind)(
        **{
            "details": {"kind": kind},
            "title": "Wer bildet Feinwerkmechaniker aus?",
            "body": "Wir suchen einen Betrieb.",
            **fields,
        }
    )


async def a_post(session, author, kind="question", **fields):
    return await publish_post(session, as_actor(author), a_draft(kind, **fields))


async def a_reply(session, author, post, body="Fragen Sie uns.", **fields):
    return await reply_to(session, as_actor(author), post.id, ReplyDraft(body=body, **fields))
