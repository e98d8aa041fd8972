# SPDX-License-Identifier: Apache-2.0
"""Writes Curve25519Constants.sol: the numbers of edwards25519, each from its definition."""

from __future__ import annotations

import base_table
import reference as ref

P, L, D = ref.FIELD_PRIME, ref.GROUP_ORDER, ref.EDWARDS_D

CONSTANTS = [
    ("FIELD_PRIME", P, "p = 2^255 - 19 (RFC 7748, 4.1)."),
    ("GROUP_ORDER", L, "L, the prime order of the base point (RFC 8032, 5.1)."),
    ("WIDE_MOD_ORDER", 2**256 % L, "2^256 mod L, to reduce 512-bit numbers."),
    ("EDWARDS_D", D, "d = -121665/121666, the curve being -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032, 5.1)."),
    ("EDWARDS_TWICE_D", 2 * D % P, "2d."),
    ("BASE_X", ref.BASE[0], "x of the base point, even (RFC 8032, 5.1)."),
    ("BASE_Y", ref.BASE[1], "y of the base point, 4/5."),
    ("ORDER_EIGHT_Y", ref.order_eight_y(), "The smaller y of points of order 8: d y^4 + 2 y^2 = 1; the other is p - y."),
]  # fmt: skip


def render() -> str:
    lines = ["// edwards25519 in numbers.", ""]
    for name, value, what in CONSTANTS:
        lines += [f"// {what}", f"uint256 constant {name} = {value:#066x};"]
    for name, shift, what in (("LOW", 0, "B"), ("HIGH", 128, "2^128 B")):
        code_hash = ref.keccak256(base_table.code(shift)).hex()
        lines += [
            f"// keccak-256 of the runtime code that holds 255, ..., 1, 0 times {what} (Edwards25519BaseTable).",
            f"bytes32 constant {name}_TABLE_CODE_HASH = 0x{code_hash};",
        ]
    return "\n".join(lines) + "\n"
