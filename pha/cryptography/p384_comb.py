# SPDX-License-Identifier: Apache-2.0
"""Tables and digits of the signed nine-tooth combs that contracts/cryptography/P384Comb.sol reads.

k·Q is computed as Σ over 43 columns of ±T[index], doubled between columns, where
T[v] = 2^344·Q + Σ over j < 8 of ±2^(43j)·Q, with + where bit j of v is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pha.cryptography.p384 import (
    GENERATOR,
    FieldPoint,
    N,
    chord_slope,
    encode_point,
    negate,
    tangent_slope,
    third_point,
)

TEETH = 9
SPACING = 43
ENTRIES = 2 ** (TEETH - 1)
TABLE_BYTES = 96 * ENTRIES

HALF = pow(2, -1, N)
OFFSET = (2 ** (TEETH * SPACING) - 1) * HALF % N


class Walk:
    """A point that moves by additions, and the slope of each move.

    Raises ValueError where a move would need the chord between a point and itself or its negative.
    """

    def __init__(self, start: FieldPoint) -> None:
        self.at = start
        self.slopes: list[int] = []

    def add(self, point: FieldPoint) -> None:
        """Move by `point`."""
        self._move(point, chord_slope(self.at, point))

    def double(self) -> None:
        """Move by the point itself."""
        self._move(self.at, tangent_slope(self.at))

    def double_add(self, point: FieldPoint) -> None:
        """Move to at + point + at: two chords, no tangent."""
        start = self.at
        self.add(point)
        self.add(start)

    def _move(self, point: FieldPoint, slope: int) -> None:
        self.at = third_point(self.at, point, slope)
        self.slopes.append(slope)


@dataclass(frozen=True)
class Teeth:
    """What a table grows from: the doubles of the eight lower teeth, and T[0].

    `slopes` are those of the walk from the key to here, in the order in which the registry checks them.
    """

    doubles: tuple[FieldPoint, ...]
    base: FieldPoint
    slopes: tuple[int, ...]

    def encode(self) -> bytes:
        """864 bytes: the eight doubles, then the base."""
        return b"".join(map(encode_point, (*self.doubles, self.base)))


@dataclass(frozen=True)
class Table:
    """The 256 points of a comb, and the slopes that lead from the teeth to them."""

    entries: tuple[FieldPoint, ...]
    slopes: tuple[int, ...]

    def encode(self) -> bytes:
        """24,576 bytes."""
        return b"".join(map(encode_point, self.entries))

    @property
    def lead(self) -> int:
        """The first byte of the encoded table, which the code doesn't hold."""
        return self.entries[0][0] >> 376

    @property
    def code(self) -> bytes:
        """The table as runtime code: STOP stands in place of the lead."""
        return b"\x00" + self.encode()[1:]

    @property
    def init_code(self) -> bytes:
        """Code that, sent as a contract creation, leaves `code` behind.

        PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN.
        """
        return bytes.fromhex("61600080600a5f395ff3") + self.code


def grow_teeth(key: FieldPoint) -> Teeth:
    """The first half of a table's making: 344 doublings and 8 additions."""
    tooth = Walk(key)
    base = Walk(negate(key))
    doubles: list[FieldPoint] = []
    slopes: list[int] = []
    for j in range(TEETH - 1):
        if j > 0:
            base.add(negate(tooth.at))
            slopes.append(base.slopes[-1])
        for i in range(SPACING):
            tooth.double()
            slopes.append(tooth.slopes[-1])
            if i == 0:
                doubles.append(tooth.at)
    base.add(tooth.at)
    slopes.append(base.slopes[-1])
    return Teeth(tuple(doubles), base.at, tuple(slopes))


def grow_table(teeth: Teeth) -> Table:
    """The second half: 255 additions, T[v + 2^j] = T[v] + 2·tooth[j] for v < 2^j."""
    entries = [teeth.base]
    slopes: list[int] = []
    for double in teeth.doubles:
        for v in range(len(entries)):
            walk = Walk(entries[v])
            walk.add(double)
            entries.append(walk.at)
            slopes += walk.slopes
    return Table(tuple(entries), tuple(slopes))


def table_of(key: FieldPoint) -> Table:
    """The whole table of a key. Takes about 15 ms."""
    return grow_table(grow_teeth(key))


def generator_table() -> Table:
    """The table of the curve's generator."""
    return table_of(GENERATOR)


def columns(scalar: int) -> Iterator[int]:
    """The nine-bit digits of a scalar, highest column first."""
    bits = (scalar * HALF + OFFSET) % N
    for column in reversed(range(SPACING)):
        yield sum((bits >> (column + SPACING * j) & 1) << j for j in range(TEETH))


def select(table: Table, digit: int) -> FieldPoint:
    """The point a digit stands for: T[v] with the highest bit set, else the negative of T[complement of v]."""
    if digit >= ENTRIES:
        return table.entries[digit - ENTRIES]
    return negate(table.entries[ENTRIES - 1 - digit])
