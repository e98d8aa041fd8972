# SPDX-License-Identifier: Apache-2.0
"""What making hints needs of edwards25519: its numbers, square roots and short scalars."""

from __future__ import annotations

FIELD_PRIME = 2**255 - 19
#: prime order of the base point (RFC 8032, 5.1)
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
EDWARDS_D = -121665 * pow(121666, -1, FIELD_PRIME) % FIELD_PRIME
SQRT_MINUS_ONE = pow(2, (FIELD_PRIME - 1) // 4, FIELD_PRIME)

#: the contracts take a short scalar only below this, so that adding 8 to each of its 32 digits stays in 128 bits
SCALAR_BOUND = 2**128 - 0x8888_8888_8888_8888_8888_8888_8888_8888


class SignatureFormatError(ValueError):
    """A signature or key that no verifier of its scheme accepts, with the reason."""


def inverse_square_root(value: int) -> int | None:
    """r with value * r^2 = 1 modulo p, or None where there is none (value zero included)."""
    p = FIELD_PRIME
    # Fermat: value^((p - 5) / 8) times small powers gives a candidate up to a fourth root of one (RFC 9496, 4.2).
    candidate = pow(value, 3, p) * pow(pow(value, 7, p), (p - 5) // 8, p) % p
    for root in (candidate, candidate * SQRT_MINUS_ONE % p):
        if value * root * root % p == 1:
            return root
    return None


def short_multiplier(k: int) -> int:
    """σ > 0 such that σ and σ k mod L, the latter taken next to zero, are both below 1.08 * 2^126 in size.

    Lagrange's reduction of the lattice of all (ρ, σ) with ρ = σ k mod L: its determinant is L, so its shortest
    vector is at most sqrt(2 L / sqrt 3) long, which is less than L, so σ is not zero.
    """
    long, short = (GROUP_ORDER, 0), (k % GROUP_ORDER, 1)
    if _norm(long) < _norm(short):
        long, short = short, long
    while True:
        dot = long[0] * short[0] + long[1] * short[1]
        norm = _norm(short)
        quotient = (2 * dot + norm) // (2 * norm)  # dot / norm, rounded to the nearest
        reduced = (long[0] - quotient * short[0], long[1] - quotient * short[1])
        if _norm(reduced) >= norm:
            break
        long, short = short, reduced
    return abs(short[1])


def _norm(vector: tuple[int, int]) -> int:
    return vector[0] * vector[0] + vector[1] * vector[1]
