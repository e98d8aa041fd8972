# SPDX-License-Identifier: Apache-2.0
"""Hints with which contracts/cryptography/EcdsaP384.sol verifies a signature, and its fixed start point."""

from __future__ import annotations

import hashlib

from pha.cryptography.p384 import (
    B,
    FieldPoint,
    N,
    P,
    encode_coordinate,
    is_on_curve,
    multiply_finite,
    negate,
)
from pha.cryptography.p384_comb import HALF, SPACING, Table, Walk, columns, generator_table, select

START_LABEL = b"P-384 comb start "


class HintError(ValueError):
    """There are no hints for this signature: it isn't valid, or its computation meets a point at infinity."""


def start_point() -> FieldPoint:
    """A point whose discrete logarithm nobody knows, in the order of a search that anyone can repeat.

    x is the first SHA-384 of the label and a counter (decimal, from 0) that is a point's abscissa; y is the even root.
    """
    counter = 0
    while True:
        x = int.from_bytes(hashlib.sha384(START_LABEL + str(counter).encode()).digest(), "big")
        y = pow(x * x * x - 3 * x + B, (P + 1) // 4, P)
        if is_on_curve((x, y)):
            return x, y if y % 2 == 0 else P - y
        counter += 1


def end_point() -> FieldPoint:
    """What a verification adds last: -2^43·start."""
    return negate(multiply_finite(2**SPACING, start_point()))


_START = start_point()
_END = end_point()
_generator: list[Table] = []


def signature_hints(digest: bytes, signature: bytes, key_table: Table) -> bytes:
    """The hints for a valid signature: 1/(2s) and 130 slopes, 6,288 bytes.

    Parameters:
        digest: 48 bytes.
        signature: r then s, 48 big-endian bytes each.
        key_table: `p384_comb.table_of` the key.

    Raises:
        HintError: the signature isn't valid for the digest and the key, or (for one in about 2^380) the verification
            would pass through a point at infinity.
    """
    if len(digest) != 48 or len(signature) != 96:
        raise HintError("a digest has 48 bytes, a signature 96")
    r, s = int.from_bytes(signature[:48], "big"), int.from_bytes(signature[48:], "big")
    if not (0 < r < N and 0 < s < N):
        raise HintError("r or s is out of range")
    hints, x = walk_hints(int.from_bytes(digest, "big"), r, s, key_table)
    if x % N != r:
        raise HintError("the signature is not valid")
    return hints


def walk_hints(digest: int, r: int, s: int, key_table: Table) -> tuple[bytes, int]:
    """Hints that lead to u1·G + u2·Q whatever r is, and the x of that point; see `signature_hints`."""
    if not _generator:
        _generator.append(generator_table())
    inverse = pow(s, -1, N)
    walk = Walk(_START)
    try:
        for g, q in zip(columns(digest * inverse), columns(r * inverse), strict=True):
            walk.double_add(select(_generator[0], g))
            walk.add(select(key_table, q))
        walk.add(_END)
    except ValueError as error:
        raise HintError("the verification meets the point at infinity") from error
    return b"".join(map(encode_coordinate, (inverse * HALF % N, *walk.slopes))), walk.at[0]
