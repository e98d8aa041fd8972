# SPDX-License-Identifier: Apache-2.0
"""The definitions that generated constants follow from, written for clarity: keccak-f[1600], Merlin, edwards25519."""

from __future__ import annotations

from collections.abc import Sequence

FIELD_PRIME = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
EDWARDS_D = -121665 * pow(121666, -1, FIELD_PRIME) % FIELD_PRIME
SQRT_MINUS_ONE = pow(2, (FIELD_PRIME - 1) // 4, FIELD_PRIME)

Point = tuple[int, int]

# ---------------------------------------------------------------------------------------------------- edwards25519


def add(p: Point, q: Point) -> Point:
    """Affine addition on -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032, 5.1.4 without the projective coordinates)."""
    (x1, y1), (x2, y2) = p, q
    product = EDWARDS_D * x1 * x2 * y1 * y2 % FIELD_PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, FIELD_PRIME)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, FIELD_PRIME)
    return x % FIELD_PRIME, y % FIELD_PRIME


def recover_x(y: int) -> int:
    """The even x of a point with this y (RFC 8032, 5.1.3)."""
    u, v = (y * y - 1) % FIELD_PRIME, (EDWARDS_D * y * y + 1) % FIELD_PRIME
    square = u * pow(v, -1, FIELD_PRIME) % FIELD_PRIME
    x = pow(square, (FIELD_PRIME + 3) // 8, FIELD_PRIME)
    if (x * x - square) % FIELD_PRIME:
        x = x * SQRT_MINUS_ONE % FIELD_PRIME
    assert (x * x - square) % FIELD_PRIME == 0, "no point has this y"
    return x if x % 2 == 0 else FIELD_PRIME - x


_BASE_Y = 4 * pow(5, -1, FIELD_PRIME) % FIELD_PRIME
BASE: Point = (recover_x(_BASE_Y), _BASE_Y)


def order_eight_y() -> int:
    """A y of a point of order 8: doubled, it has y = 0, so x^2 = -y^2 and -x^2 + y^2 = 1 + d x^2 y^2 gives
    d y^4 + 2 y^2 - 1 = 0. The other is its negative."""
    p, d = FIELD_PRIME, EDWARDS_D
    root = square_root((1 + d) % p)
    for sign in (1, -1):
        y = square_root((-1 + sign * root) * pow(d, -1, p) % p)
        if y is not None:
            return min(y, p - y)
    raise AssertionError("edwards25519 has points of order 8")


def square_root(a: int) -> int | None:
    p = FIELD_PRIME
    root = pow(a, (p + 3) // 8, p)
    for candidate in (root, root * SQRT_MINUS_ONE % p):
        if (candidate * candidate - a) % p == 0:
            return candidate
    return None


# -------------------------------------------------------------------------------------------------- keccak-f[1600]

MASK = (1 << 64) - 1
ROUNDS = 24


def rotation_offsets() -> dict[tuple[int, int], int]:
    """FIPS 202, algorithm 2 (rho)."""
    offsets = {(0, 0): 0}
    x, y = 1, 0
    for t in range(24):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


def round_constants() -> list[int]:
    """FIPS 202, algorithms 5 (rc) and 6 (iota), from the linear feedback shift register."""

    def bit(t: int) -> int:
        register = 1
        for _ in range(t % 255):
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        return register & 1

    return [sum(bit(j + 7 * r) << ((1 << j) - 1) for j in range(7)) for r in range(ROUNDS)]


def rotate(lane: int, n: int) -> int:
    return ((lane << n) | (lane >> (64 - n))) & MASK


def keccak_f1600(state: Sequence[int]) -> list[int]:
    """FIPS 202, 3.3, on 25 lanes, lane (x, y) at x + 5y."""
    offsets, lanes = rotation_offsets(), list(state)
    for constant in round_constants():
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        moved = [0] * 25
        for (x, y), n in offsets.items():
            effect = columns[(x + 4) % 5] ^ rotate(columns[(x + 1) % 5], 1)
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate(lanes[x + 5 * y] ^ effect, n)
        lanes = [
            moved[x + 5 * y] ^ (~moved[(x + 1) % 5 + 5 * y] & moved[(x + 2) % 5 + 5 * y] & MASK)
            for y in range(5)
            for x in range(5)
        ]
        lanes[0] ^= constant
    return lanes


def permute_bytes(state: bytes) -> bytes:
    lanes = keccak_f1600([int.from_bytes(state[i : i + 8], "little") for i in range(0, 200, 8)])
    return b"".join(lane.to_bytes(8, "little") for lane in lanes)


def keccak256(data: bytes) -> bytes:
    """The EVM's hash: rate 136, padding 0x01."""
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % 136))
    padded[-1] |= 0x80
    state = bytes(200)
    for i in range(0, len(padded), 136):
        state = permute_bytes(bytes(a ^ b for a, b in zip(state, padded[i : i + 136] + bytes(64), strict=True)))
    return state[:32]


# ---------------------------------------------------------------------------------------------------------- Merlin

STROBE_RATE = 166


class Transcript:
    """Merlin 1.0 over STROBE-128 (https://merlin.cool, https://strobe.sourceforge.io), appending only."""

    def __init__(self, label: bytes) -> None:
        self.state = bytearray(permute_bytes(b"\x01\xa8\x01\x00\x01\x60STROBEv1.0.2" + bytes(200 - 18)))
        self.position = self.begin = 0
        self._operate(0x12, b"Merlin v1.0")
        self.append(b"dom-sep", label)

    def append(self, label: bytes, message: bytes) -> None:
        self._operate(0x12, label + len(message).to_bytes(4, "little"))
        self._operate(0x02, message)

    def _operate(self, flags: int, data: bytes) -> None:
        before, self.begin = self.begin, self.position + 1
        for byte in bytes([before, flags]) + data:
            self.state[self.position] ^= byte
            self.position += 1
            if self.position == STROBE_RATE:
                self.state[STROBE_RATE] ^= self.begin
                self.state[STROBE_RATE + 1] ^= 0x84
                self.state = bytearray(permute_bytes(bytes(self.state)))
                self.position = self.begin = 0
