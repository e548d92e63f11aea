"""What belongs to a deal between two posts: the exact addresses of a transport."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class StopAddresses(Base):
    """Where exactly a lorry or a load is loaded and unloaded, and who is there.

    Apart from the post, so that nothing which reads posts ever holds one. Read in
    ``features/deals/addresses.py`` only: by who keeps the post, and by their partner.
    """

    __tablename__ = "stop_addresses"

    post_id: Mapped[UUID] = mapped_column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True
    )
    loading_site: Mapped[str] = mapped_column(default="")
    loading_street: Mapped[str] = mapped_column(default="")
    loading_contact: Mapped[str] = mapped_column(default="")
    loading_phone: Mapped[str] = mapped_column(default="")
    unloading_site: Mapped[str] = mapped_column(default="")
    unloading_street: Mapped[str] = mapped_column(default="")
    unloading_contact: Mapped[str] = mapped_column(default="")
    unloading_phone: Mapped[str] = mapped_column(default="")
