# SPDX-License-Identifier: Apache-2.0
"""P384Field, P384Scalar, P384Curve and P384Comb against Python's integers and an independent library."""

from __future__ import annotations

import random

import pytest

from pha.cryptography.p384 import B, N, P, encode_coordinate
from tests.p384_chain import Key

ONES = 2**384 - 1
# Numbers at which a carry or a borrow, a fold or a canonical form may go wrong.
EDGES = sorted(
    {
        *(value + delta for value in (0, 2**128, 2**256, P // 2, N) for delta in (-1, 0, 1) if value + delta >= 0),
        *(P - 1, P, P + 1, P - 2**128, ONES, ONES - 1, ONES - 2**128 + 1, 2**256 - 2**128, 2**383, 2**320),
        *(2**384 - 2**256, 2**384 - 2**256 - 1, P - 2**256, 2**128 - 2**32, 2**96 - 2**32 + 1, N - 2, P - N),
    }
)


@pytest.fixture(scope="module")
def arithmetic(project, deployer):
    return deployer.deploy(project.MockP384)


def limbs(value: int) -> list[int]:
    return [value >> 256, value % 2**256]


def number(pair) -> int:
    return (pair[0] << 256) + pair[1]


def triples(rng: random.Random, count: int, bound: int) -> list[tuple[int, int, int]]:
    """Edges with edges and with anything, and random numbers whose limbs are often extreme."""

    def pick() -> int:
        if rng.random() < 0.4:
            return rng.choice(EDGES)
        words = [rng.choice([0, 1, 2**64 - 1, 2**64 - 2, rng.getrandbits(64)]) for _ in range(6)]
        return sum(word << 64 * i for i, word in enumerate(words))

    edges = [(x, y, rng.choice([0, 1, bound - 1, bound // 2])) for x in EDGES for y in EDGES]
    rng.shuffle(edges)
    return edges[:count] + [(pick(), pick(), rng.choice([pick(), rng.randrange(bound)])) for _ in range(count)]


def check_field_products(arithmetic, cases) -> None:
    outputs = arithmetic.fieldMulAdd([limbs(x) + limbs(y) + limbs(c) for x, y, c in cases])
    for (x, y, c), output in zip(cases, outputs, strict=True):
        assert number(output) == (x * y + c) % P, (x, y, c)


def check_scalar_products(arithmetic, cases) -> None:
    outputs = arithmetic.scalarMulAdd([limbs(x) + limbs(y) + limbs(c) for x, y, c in cases])
    for (x, y, c), output in zip(cases, outputs, strict=True):
        assert number(output) == (x * y + c) % N, (x, y, c)


def test_field_product_is_exact(arithmetic):
    check_field_products(arithmetic, triples(random.Random(1), 400, 2**400))


def test_field_product_is_canonical_when_just_at_the_prime(arithmetic):
    # x·1 + c around p, 2^384 and 2p: the last reduction's three cases.
    cases = [(x, 1, c) for x in (P - 1, P, ONES, 0) for c in (0, 1, 2, P - 1, P, P + 1, ONES, 2**384, 2 * P, 2 * P - 1)]
    cases += [(0, 0, value) for value in (P - 1, P, P + 1, ONES, 2**384, 2 * P - 1, 2 * P, 2**399)]
    check_field_products(arithmetic, cases)


def test_scalar_product_is_exact(arithmetic):
    check_scalar_products(arithmetic, triples(random.Random(2), 150, 2**384))


def test_sums_and_differences_are_exact(arithmetic):
    cases = [(x % P, y % P) for x, y, _ in triples(random.Random(3), 200, P)]
    outputs = arithmetic.fieldAddSubtract([limbs(x) + limbs(y) for x, y in cases])
    for (x, y), output in zip(cases, outputs, strict=True):
        assert number(output[:2]) == (x + y) % P
        assert number(output[2:4]) == (x - y) % P
        assert number(output[4:]) == 2 * P - x - y


def test_canonical_and_in_range_are_told_exactly(arithmetic):
    values = [*EDGES, P - 2, N - 1, N, N + 1, 1]
    assert list(arithmetic.isCanonical([limbs(value) for value in values])) == [value < P for value in values]
    assert list(arithmetic.isInRange([limbs(value) for value in values])) == [0 < value < N for value in values]


def test_digits_are_the_columns_of_the_rows(arithmetic):
    rng = random.Random(4)
    for value in (0, 1, ONES, N - 1, 2**255, 2**256, 2**215 - 1, 2**215, rng.getrandbits(384), rng.getrandbits(384)):
        digits = arithmetic.digits(*limbs(value))
        assert len(digits) == 43
        assert sum((digit >> j & 1) << (i + 43 * j) for i, digit in enumerate(digits) for j in range(9)) == value


def test_points_are_told_from_what_is_none(arithmetic):
    x, y = Key.of(99).point
    root = pow(B, (P + 1) // 4, P)
    assert root * root % P == B
    good = [(x, y), (x, P - y), (0, root), (0, P - root)]
    bad = [(x, y ^ 1), (x + 1, y), (y, x), (0, 0), (P, root), (0, root + P), (ONES, ONES), (P - 1, P - 1)]
    for point in good:
        assert arithmetic.isValid((*limbs(point[0]), *limbs(point[1])))
    for point in bad:
        if max(point) < 2**384:
            assert not arithmetic.isValid((*limbs(point[0]), *limbs(point[1])))


def struct(key: Key) -> tuple[int, ...]:
    return (*limbs(key.point[0]), *limbs(key.point[1]))


def slope_between(a: Key, b: Key) -> int:
    return (b.point[1] - a.point[1]) * pow(b.point[0] - a.point[0], -1, P) % P


def test_steps_give_the_independent_librarys_points(arithmetic):
    for i, j in ((5, 9), (1, 2), (N - 3, 7)):
        a, b = Key.of(i), Key.of(j)
        chord = encode_coordinate(slope_between(a, b))
        assert arithmetic.add(struct(a), struct(b), chord) == (True, struct(Key.of((i + j) % N)))
        tangent = encode_coordinate((3 * a.point[0] ** 2 - 3) * pow(2 * a.point[1], -1, P) % P)
        assert arithmetic.double(struct(a), tangent) == (True, struct(Key.of(2 * i % N)))
        second = encode_coordinate(slope_between(a, Key.of((i + j) % N)))
        assert arithmetic.doubleAdd(struct(a), struct(b), chord + second) == (True, struct(Key.of((2 * i + j) % N)))


def test_addition_is_refused_for_a_point_and_itself_or_its_negative(arithmetic):
    a = Key.of(5)
    tangent = (3 * a.point[0] ** 2 - 3) * pow(2 * a.point[1], -1, P) % P
    for b in (a, Key.of(N - 5)):
        for slope in (0, 1, tangent, P - tangent, P - 1):
            assert not arithmetic.add(struct(a), struct(b), encode_coordinate(slope))[0]
            # For doubleAdd too, whatever the second slope.
            for second in (0, tangent):
                slopes = encode_coordinate(slope) + encode_coordinate(second)
                assert not arithmetic.doubleAdd(struct(a), struct(b), slopes)[0]


def test_doubling_with_addition_is_refused_when_the_sum_is_the_point_or_its_negative(arithmetic):
    # b = -2a: a + b = -a. (a + b = a would need b at infinity.)
    a, b = Key.of(5), Key.of(N - 10)
    chord = slope_between(a, b)
    for second in (0, chord, P - chord, 1, P - 1):
        slopes = encode_coordinate(chord) + encode_coordinate(second)
        assert not arithmetic.doubleAdd(struct(a), struct(b), slopes)[0]


def test_slopes_are_refused_when_not_canonical(arithmetic):
    # Only a slope below 2^128 + 2^96 - 2^32 + 1 has a second form in 48 bytes: choose a point that has one.
    a = Key.of(5)
    for wanted in range(1, 200):
        # The line of slope `wanted` through a meets the curve in two more points where a square root exists.
        x1, y1 = a.point
        linear, constant = wanted * wanted % P, (y1 - wanted * x1) % P
        # x³ - λ²x² - (3 + 2λc)x + b - c² = (x - x1)(x² + ux + v)
        u = (x1 - linear) % P
        v = (-(3 + 2 * wanted * constant) + x1 * u) % P
        discriminant = (u * u - 4 * v) % P
        root = pow(discriminant, (P + 1) // 4, P)
        if root * root % P == discriminant:
            x2 = (root - u) * pow(2, -1, P) % P
            break
    b = (*limbs(x2), *limbs((wanted * x2 + constant) % P))
    assert arithmetic.add(struct(a), b, encode_coordinate(wanted))[0]
    assert not arithmetic.add(struct(a), b, encode_coordinate(wanted + P))[0]
    assert not arithmetic.doubleAdd(struct(a), b, encode_coordinate(wanted + P) + bytes(48))[0]


@pytest.mark.deep
def test_products_are_exact_many_times(arithmetic):
    for seed in range(60):
        check_field_products(arithmetic, triples(random.Random(seed), 400, 2**400))
        check_scalar_products(arithmetic, triples(random.Random(seed), 60, 2**384))
