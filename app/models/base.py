"""The declarative base every table shares."""

from datetime import datetime
from enum import Enum as PythonEnum, StrEnum
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Enum,
    LargeBinary,
    MetaData,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    declared_attr,
    mapped_column,
    relationship,
)
from typing_extensions import override
from uuid_utils import compat


def _values(members: type[PythonEnum]) -> list[str]:
    return [str(member.value) for member in members]


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column, relationship))
class Base(MappedAsDataclass, DeclarativeBase, eq=False, repr=False, kw_only=True):
    """Root of all tables: typed constructors, and names that keep migrations stable."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        bytes: LargeBinary(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        dict[str, str]: JSONB(),
        list[str]: ARRAY(Text()),
        StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=_values),
    }


class Row(Base):
    """A table whose rows get their key when they are made, not when they are saved."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default_factory=compat.uuid7, init=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), init=False)


class Editable(Row):
    """A row that people change: its version is the ``ETag`` that ``If-Match`` is held against.

    SQLAlchemy raises the version with every change and refuses one made on an older row.
    """

    __abstract__ = True

    version: Mapped[int] = mapped_column(init=False)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), init=False
    )

    @declared_attr.directive
    @classmethod
    @override
    def __mapper_args__(cls) -> dict[str, Any]:
        """Name the column that counts versions."""
        return {"version_id_col": cls.__table__.c.version}
