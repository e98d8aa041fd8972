# SPDX-License-Identifier: Apache-2.0
"""The arithmetic by which the staking pallets turn shares into PHA, bit for bit.

Source: `pallets/phala/src/utils/balance_convert.rs` (`to_fixed`, `from_fixed`, `mul`, `div`) and `share_price`
of `compute/base_pool.rs` in Phala-Network/phala-blockchain. A balance of 12 decimals becomes a U64F64 by way
of U80F48, so only 48 of its 64 fractional bits carry anything; every step drops what does not fit, which
makes even a price of exactly one lose a unit: 1 base unit is 281/2^48 PHA there, and 0 again on the way back.

Numbers called fixed are the raw bits of a U64F64: value · 2^64. Where the pallets' arithmetic would overflow
and stop the block, PoolArithmeticError is raised.
"""

from __future__ import annotations

from pha.bridge.errors import BridgeError

UNIT = 10**12
FRACTION = 64
CARRIED = 48
FIXED_LIMIT = 1 << 128


class PoolArithmeticError(BridgeError):
    """A balance or price that the pallets' fixed point cannot hold."""


def to_fixed(balance: int) -> int:
    """A balance in base units as U64F64 bits, rounded down to a multiple of 2^-48 PHA."""
    if not 0 <= balance < 1 << (128 - CARRIED):
        raise PoolArithmeticError(f"a balance of {balance} does not fit the 80 integer bits of the pools' fixed point")
    return _fitting(((balance << CARRIED) // UNIT) << (FRACTION - CARRIED))


def from_fixed(fixed: int) -> int:
    """U64F64 bits as a balance in base units, rounded down; the 16 lowest bits do not count."""
    return _fitting((_fitting(fixed) >> (FRACTION - CARRIED)) * UNIT) >> CARRIED


def value_of_shares(shares: int, price: int) -> int:
    """What `shares` are worth in base units at a price in U64F64 bits; the pallets' `mul`."""
    return from_fixed(_fitting((to_fixed(shares) * price) >> FRACTION))


def share_price(total_value: int, total_shares: int) -> int | None:
    """Price of a pool in U64F64 bits, or None for a pool without shares; both given in base units."""
    divisor = to_fixed(total_shares)
    return _fitting((to_fixed(total_value) << FRACTION) // divisor) if divisor else None


def _fitting(bits: int) -> int:
    if not 0 <= bits < FIXED_LIMIT:
        raise PoolArithmeticError(f"0x{bits:x} overflows the 128 bits of the pools' fixed point")
    return bits
