# SPDX-License-Identifier: Apache-2.0
"""Affine arithmetic on P-384 (SP 800-186, section 3.2.1.4), for making hints.

Nothing here is constant-time and nothing here may touch a secret: it works on public keys and signatures.
A point is a pair of integers below `P`; the point at infinity is `None`.
"""

from __future__ import annotations

P = 2**384 - 2**128 - 2**96 + 2**32 - 1
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
B = 0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF

FieldPoint = tuple[int, int]
Point = FieldPoint | None

GENERATOR: FieldPoint = (
    0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
    0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F,
)

COORDINATE_BYTES = 48
POINT_BYTES = 2 * COORDINATE_BYTES


def is_on_curve(point: FieldPoint) -> bool:
    """Whether the coordinates are canonical (below P, not negative) and satisfy y² = x³ - 3x + B."""
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x * x - 3) * x - B) % P == 0


def negate(point: FieldPoint) -> FieldPoint:
    """The point's negative; on this curve no y is zero."""
    return point[0], P - point[1]


def chord_slope(a: FieldPoint, b: FieldPoint) -> int:
    """Slope of the line through two points with different x. Raises ValueError where x is the same."""
    return (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P


def tangent_slope(a: FieldPoint) -> int:
    """Slope of the tangent at a point."""
    return 3 * (a[0] * a[0] - 1) * pow(2 * a[1], -1, P) % P


def third_point(a: FieldPoint, b: FieldPoint, slope: int) -> FieldPoint:
    """a + b, given the slope of their chord (or of the tangent, for a = b)."""
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def add(a: Point, b: Point) -> Point:
    """a + b, for any two points."""
    if a is None:
        return b
    if b is None:
        return a
    if a[0] == b[0]:
        return third_point(a, b, tangent_slope(a)) if a[1] == b[1] else None
    return third_point(a, b, chord_slope(a, b))


def multiply(scalar: int, point: Point) -> Point:
    """scalar·point, the scalar taken modulo N."""
    result: Point = None
    for bit in bin(scalar % N)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def multiply_finite(scalar: int, point: FieldPoint) -> FieldPoint:
    """scalar·point. Raises ValueError where that is the point at infinity."""
    result = multiply(scalar, point)
    if result is None:
        raise ValueError("the multiple is the point at infinity")
    return result


def encode_point(point: FieldPoint) -> bytes:
    """x then y, 48 big-endian bytes each."""
    return encode_coordinate(point[0]) + encode_coordinate(point[1])


def decode_point(data: bytes) -> FieldPoint:
    """The point that 96 bytes stand for. Raises ValueError where it isn't on the curve, or not canonical."""
    if len(data) != POINT_BYTES:
        raise ValueError(f"a point has {POINT_BYTES} bytes, not {len(data)}")
    point = int.from_bytes(data[:COORDINATE_BYTES], "big"), int.from_bytes(data[COORDINATE_BYTES:], "big")
    if not is_on_curve(point):
        raise ValueError("not a point of P-384")
    return point


def encode_coordinate(value: int) -> bytes:
    """48 big-endian bytes, for a field element or for a scalar."""
    return value.to_bytes(COORDINATE_BYTES, "big")
