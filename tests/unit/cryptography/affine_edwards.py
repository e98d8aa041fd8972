# SPDX-License-Identifier: Apache-2.0
"""edwards25519 in affine coordinates, slow and plain, to reckon what the contracts must give."""

from __future__ import annotations

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555  # RFC 8032, 5.1
BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    k = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def multiply(n, point):
    result = (0, 1)
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def points():
    """Points of the curve, by rising y from 2 on."""
    for y in range(2, 100):
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        root = pow(square, (P + 3) // 8, P)
        for x in (root, root * pow(2, (P - 1) // 4, P) % P):
            if (x * x - square) % P == 0:
                yield x, y
                break


def torsion_generator():
    """A point of order 8: L times a point whose torsion part is as large as can be."""
    return next(t for t in (multiply(L, point) for point in points()) if multiply(4, t) != (0, 1))


SMALL_ORDER_POINTS = [multiply(i, torsion_generator()) for i in range(8)]


def encodings(point):
    """All 32-byte strings that a lax decoder might take for the point: y or y + p, either sign where x is zero."""
    x, y = point
    signs = (0, 1) if x == 0 else (x & 1,)
    return [(v | sign << 255).to_bytes(32, "little") for v in (y, y + P) if v < 2**255 for sign in signs]
