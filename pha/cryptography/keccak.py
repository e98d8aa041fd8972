# SPDX-License-Identifier: Apache-2.0
"""keccak-f[1600] (FIPS 202, section 3) on a state of 200 bytes."""

from __future__ import annotations

_MASK = (1 << 64) - 1


def _tables() -> tuple[list[tuple[int, int, int, int]], list[int]]:
    """(lane from, lane to, column, rotation) of rho and pi, and the constants of iota."""
    moves = [(0, 0, 0, 0)]
    x, y = 1, 0
    for t in range(24):
        moves.append((x + 5 * y, y + 5 * ((2 * x + 3 * y) % 5), x, (t + 1) * (t + 2) // 2 % 64))
        x, y = y, (2 * x + 3 * y) % 5
    constants = []
    register = 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            constant |= (register & 1) << ((1 << j) - 1)
            register = register << 1 ^ (0x171 if register & 0x80 else 0)
        constants.append(constant)
    return moves, constants


_MOVES, _CONSTANTS = _tables()


def _rotate(lane: int, n: int) -> int:
    return (lane << n | lane >> (64 - n)) & _MASK


def keccak_f1600(state: bytes) -> bytes:
    """The permutation of 200 bytes, lane (x, y) being the 8 bytes from 8 (x + 5 y), least first."""
    if len(state) != 200:
        raise ValueError(f"a state is 200 bytes, not {len(state)}")
    lanes = [int.from_bytes(state[i : i + 8], "little") for i in range(0, 200, 8)]
    for constant in _CONSTANTS:
        parity = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        effect = [parity[x - 1] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * 25
        for source, target, column, n in _MOVES:
            moved[target] = _rotate(lanes[source] ^ effect[column], n)
        for row in range(0, 25, 5):
            plane = moved[row : row + 5]
            for x in range(5):
                lanes[row + x] = plane[x] ^ (~plane[(x + 1) % 5] & plane[(x + 2) % 5] & _MASK)
        lanes[0] ^= constant
    return b"".join(lane.to_bytes(8, "little") for lane in lanes)
