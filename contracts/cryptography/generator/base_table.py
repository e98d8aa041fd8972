# SPDX-License-Identifier: Apache-2.0
"""What Edwards25519BaseTable must put on chain, from the definition by affine addition, to know its hash."""

from __future__ import annotations

import reference as ref

P = ref.FIELD_PRIME


def entry(point: ref.Point) -> bytes:
    """(y + x, y - x, 2dxy), what a mixed addition needs of a point; 96 bytes."""
    x, y = point
    values = ((y + x) % P, (y - x) % P, 2 * ref.EDWARDS_D * x * y % P)
    return b"".join(value.to_bytes(32, "big") for value in values)


def code(doublings: int) -> bytes:
    """STOP, then the entries of 255, 254, ..., 1, 0 times 2^doublings B, without the zero word that ends the last."""
    step = ref.BASE
    for _ in range(doublings):
        step = ref.add(step, step)
    point: ref.Point = (0, 1)
    entries = []
    for _ in range(256):
        entries.append(entry(point))
        point = ref.add(point, step)
    return b"\x00" + b"".join(reversed(entries))[:-32]
