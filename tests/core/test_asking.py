from enum import StrEnum

from app.core.asking import label, label_of


class Fruit(StrEnum):
    PEAR = "pear"


class Shape(StrEnum):
    PEAR = "pear"


def test_equal_members_of_different_enums_keep_their_own_labels():
    label({Fruit.PEAR: "Birne"})
    label({Shape.PEAR: "Birnenform"})
    assert (label_of(Fruit.PEAR), label_of(Shape.PEAR)) == ("Birne", "Birnenform")
