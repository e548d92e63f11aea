"""Telling people what happened: in their inbox here, and by mail.

How another feature's events are told: add a module ``about_<feature>.py``. It declares what is
said, once for each type, and subscribes handlers that find out whom it concerns:

    REPLIED = Wording(
        "post.replied",
        topics.REPLIES,
        N_("%(person)s hat auf „%(post)s“ geantwortet."),
        several=N_("%(count)s neue Antworten auf „%(post)s“."),
    )

    @on(ReplyPosted)
    async def tell_author(session: Session, event: ReplyPosted) -> None:
        ...
        await tell(
            session,
            REPLIED,
            [post.author_id],
            params={"person": author.name, "post": post.title},
            path=f"/posts/{post.id}#reply-{event.reply_id}",
            dedup_key=f"post.replied:{event.reply_id}",
            matter=Matter(f"post:{post.id}", post_id=post.id, path=f"/posts/{post.id}"),
        )

``params`` are what the text names, as it was when it happened; they are all that the receiver
learns, so a handler asks first whether the receiver may (still) see the thing. ``dedup_key`` is
the same whenever the same event is handled again. Nobody is told what they did themselves: leave
them out of the list. How a topic reaches somebody, they choose (``preferences``, ``wishes``);
what they want later goes into a digest.
"""
