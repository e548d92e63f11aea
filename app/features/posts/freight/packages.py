"""What a load consists of, and how much of a lorry it takes.

A loading metre is one metre of a loading bed 2.4 m wide.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from math import ceil
from typing import Annotated, Any, Final, NoReturn

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import override

from app.core.asking import label, label_of
from app.core.i18n import N_

BED_WIDTH_M: Final = 2.4
STACKED: Final = 2  # what may be stacked stands two high
MAX_PACKAGES: Final = 40  # lines of one load


class Packing(StrEnum):
    """How goods are packed."""

    EPAL = "epal"
    ONE_WAY = "one_way"
    CRATE = "crate"
    COIL = "coil"
    MESH_BOX = "mesh_box"
    LOOSE = "loose"


label(
    {
        Packing.EPAL: N_("EPAL"),
        Packing.ONE_WAY: N_("Einweg"),
        Packing.CRATE: N_("Kiste"),
        Packing.COIL: N_("Coil"),
        Packing.MESH_BOX: N_("Gitterbox"),
        Packing.LOOSE: N_("lose"),
    }
)

_NUMBER = r"(\d{1,6}(?:[.,]\d{1,3})?)"
_LINE = re.compile(
    rf"(\d{{1,4}}) ?[x×*] ?([^\W\d_]+),? {_NUMBER} ?[x×*] ?{_NUMBER} ?[x×*] ?{_NUMBER} ?m?,? "
    rf"{_NUMBER} ?kg(?: je| each)?,?(?: (nicht |not )?(stapelbar|stackable))?",
    re.IGNORECASE,
)
_WORDS: Final = {
    "epal": Packing.EPAL, "europalette": Packing.EPAL, "europaletten": Packing.EPAL,
    "einweg": Packing.ONE_WAY, "einwegpalette": Packing.ONE_WAY,
    "einwegpaletten": Packing.ONE_WAY, "kiste": Packing.CRATE, "kisten": Packing.CRATE,
    "coil": Packing.COIL, "coils": Packing.COIL, "gitterbox": Packing.MESH_BOX,
    "gitterboxen": Packing.MESH_BOX, "lose": Packing.LOOSE, "crate": Packing.CRATE,
    "crates": Packing.CRATE, "loose": Packing.LOOSE,
}  # fmt: skip


class Package(BaseModel):
    """One or more packages of the same kind.

    Also read from a line such as ``4 × EPAL 1,2×0,8×1,5 m 300 kg stapelbar``; the weight is that
    of each.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: Annotated[int, Field(ge=1, le=1_000)]
    packing: Packing
    length_m: Annotated[float, Field(gt=0, le=16, description="In metres.")]
    width_m: Annotated[float, Field(gt=0, le=4, description="In metres.")]
    height_m: Annotated[float, Field(gt=0, le=4, description="In metres.")]
    weight_kg: Annotated[float, Field(gt=0, le=28_000, description="Of each, in kilograms.")]
    is_stackable: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_line(cls, given: Any) -> Any:
        return _read(given) if isinstance(given, str) else given

    @override
    def __str__(self) -> str:
        """Write it as the line it can be read from."""
        size = "×".join(_number(one) for one in (self.length_m, self.width_m, self.height_m))
        stacked = " stapelbar" if self.is_stackable else ""
        name = label_of(self.packing)
        return f"{self.count} × {name} {size} m {_number(self.weight_kg)} kg{stacked}"


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _refuse() -> NoReturn:
    text = N_(
        "Bitte schreiben Sie jede Zeile so: 4 × EPAL 1,2×0,8×1,5 m 300 kg stapelbar. Das Gewicht "
        "gilt je Stück; als Art gehen EPAL, Einweg, Kiste, Coil, Gitterbox und lose."
    )
    code = "package_unreadable"
    raise PydanticCustomError(code, text)


def _read(line: str) -> dict[str, Any]:
    found = _LINE.fullmatch(" ".join(line.split()))
    packing = _WORDS.get(found.group(2).casefold()) if found else None
    if found is None or packing is None:
        _refuse()
    length, width, height, weight = (
        float(one.replace(",", ".")) for one in found.group(3, 4, 5, 6)
    )
    return {
        "count": int(found.group(1)),
        "packing": packing,
        "length_m": length,
        "width_m": width,
        "height_m": height,
        "weight_kg": weight,
        "is_stackable": found.group(8) is not None and found.group(7) is None,
    }


def loading_metres_of(packages: Iterable[Package]) -> float:
    """Return how many loading metres packages take: length × width ÷ 2.4 m ÷ stacking, summed."""
    metres = sum(
        one.count * one.length_m * one.width_m / BED_WIDTH_M / (STACKED if one.is_stackable else 1)
        for one in packages
    )
    return round(metres, 2)


def weight_kg_of(packages: Iterable[Package]) -> int:
    """Return what packages weigh together, in whole kilograms, rounded up by less than one."""
    return ceil(round(sum(one.count * one.weight_kg for one in packages), 3))
