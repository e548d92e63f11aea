"""What tests of inquiries arrange: an offer, a concealed one, and somebody who asks about it."""

from app.core import clock
from app.features.inquiries.asking import ask_about
from app.features.inquiries.drafts import InquiryDraft
from app.features.posts.concealing import conceal
from app.models.posts import Post
from tests.makers import as_actor

DETAILS = {"category": "tools", "price_type": "free", "delivers": False, "unit": ""}


async def an_offer(session, author, company=None, **fields):
    """A post that lives, in the author's name or a company's."""
    post = Post(
        kind="offer",
        title="Zwei Schraubstöcke",
        body="",
        body_html="",
        excerpt="",
        details=DETAILS,
        author_id=author.id,
        company_id=company.id if company else None,
        published_at=clock.now(),
        **fields,
    )
    session.add(post)
    await session.flush()
    return post


async def a_concealed_offer(session, author, company=None, reference="NAC-2026-00001"):
    """The same under its reference, as a succession is."""
    post = Post(
        kind="offer",
        title="Bäckerei mit zwei Verkaufsstellen",
        body="",
        body_html="",
        excerpt="",
        details=DETAILS,
        is_concealed=True,
        reference=reference,
        published_at=clock.now(),
    )
    session.add(post)
    await session.flush()
    conceal(session, post.id, author.id, company.id if company else None)
    await session.flush()
    return post


async def an_inquiry(session, post, person, text="Sind sie noch da?", **fields):
    """An inquiry about a post."""
    draft = InquiryDraft(text=text, **fields)
    return (await ask_about(session, as_actor(person), post.id, draft)).inquiry
