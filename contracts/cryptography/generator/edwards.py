# SPDX-License-Identifier: Apache-2.0
"""Writes Edwards25519.sol: small tables of multiples and the sum of three multiples, unrolled point by point.

Formulas: H. Hisil, K. Wong, G. Carter, E. Dawson, "Twisted Edwards Curves Revisited" (2008), extended coordinates
(X : Y : Z : T), x = X/Z, y = Y/Z, T = XY/Z, for a = -1: the unified addition of section 3.1 with k = 2d, and the
dedicated doubling of section 3.3. -1 is a square modulo p and d is not, so both hold for every pair of points,
and Z is never zero.

Sizes: mulmod takes any 256-bit numbers and gives one below p; p < 2^255. A sum of two numbers below p, or of one
and p less another, stays below 2^256 and goes into mulmod unreduced. Where a sum might not, addmod reduces it.
"""

from __future__ import annotations

import layout
import reference as ref

TWICE_D = 2 * ref.EDWARDS_D % ref.FIELD_PRIME
#: Ending byte of a word read at the running position -> offset of the digit's entry, 128 bytes an entry.
HIGH_DIGIT = "and(shl(3, mload({})), 0x780)"
LOW_DIGIT = "and(shl(7, mload({})), 0x780)"


def double(with_t: bool) -> list[str]:
    """2(X : Y : Z). Hisil et al. 3.3 with E = 2XY, and F and H negated, which negates all four coordinates."""
    return [
        "{",
        "let a := mulmod(X, X, p)",
        "let b := mulmod(Y, Y, p)",
        "let e := mulmod(X, add(Y, Y), p)",
        "let f := addmod(mulmod(Z, add(Z, Z), p), add(a, sub(p, b)), p)",
        "let g := add(b, sub(p, a))",
        "let h := add(a, b)",
        *products(with_t),
        "}",
    ]


def add(entry: str, with_t: bool, affine: bool = False) -> list[str]:
    """(X : Y : Z : T) plus a stored point: y + x, y - x, 2dt, and 2z unless the point is affine. Hisil et al. 3.1."""
    if affine:
        sums = ["let f := addmod(d, sub(p, c), p)", "let g := addmod(d, c, p)"]
        twice_z = "add(Z, Z)"  # below 2p, so the sums with c must be reduced
    else:
        sums = ["let f := add(d, sub(p, c))", "let g := add(d, c)"]
        twice_z = "mulmod(Z, mload(add(entry, 0x60)), p)"
    return [
        "{",
        f"let entry := {entry}",
        "let a := mulmod(add(Y, sub(p, X)), mload(add(entry, 0x20)), p)",
        "let b := mulmod(add(Y, X), mload(entry), p)",
        "let c := mulmod(T, mload(add(entry, 0x40)), p)",
        f"let d := {twice_z}",
        "let e := add(b, sub(p, a))",
        *sums,
        "let h := add(b, a)",
        *products(with_t),
        "}",
    ]


def products(with_t: bool) -> list[str]:
    coordinates = ["X := mulmod(e, f, p)", "Y := mulmod(g, h, p)", "Z := mulmod(f, g, p)"]
    return [*coordinates, "T := mulmod(e, h, p)"] if with_t else coordinates


def store_pair() -> list[str]:
    """The point at `plus` and its negative, which exchanges y + x with y - x and negates 2dt, at `minus`."""
    return [
        "{",
        "let sum := addmod(Y, X, p)",
        "let difference := addmod(Y, sub(p, X), p)",
        f"let product := mulmod(T, {TWICE_D:#066x}, p)",
        "let twiceZ := add(Z, Z)",
        "mstore(plus, sum)",
        "mstore(add(plus, 0x20), difference)",
        "mstore(add(plus, 0x40), product)",
        "mstore(add(plus, 0x60), twiceZ)",
        "mstore(minus, difference)",
        "mstore(add(minus, 0x20), sum)",
        "mstore(add(minus, 0x40), sub(p, product))",
        "mstore(add(minus, 0x60), twiceZ)",
        "}",
    ]


def render_table() -> list[str]:
    size = layout.POINT_ENTRY
    return [
        f"let p := mload({layout.FIELD_PRIME_AT:#x})",
        "// Entry 8 is the identity; entries 8 + i and 8 - i are i and -i times the point, i from 1 to 8. Entry 16",
        "// is never stored: i = 8 is stored below only.",
        f"let identity := add(table, {8 * size:#x})",
        "mstore(identity, 1)",
        "mstore(add(identity, 0x20), 1)",
        "mstore(add(identity, 0x40), 0)",
        "mstore(add(identity, 0x60), 2)",
        f"let plus := add(identity, {size:#x})",
        f"let minus := sub(identity, {size:#x})",
        "let first := plus",
        "let X := x",
        "let Y := y",
        "let Z := 1",
        "let T := mulmod(x, y, p)",
        *store_pair(),
        *double(with_t=True),
        "for {} 1 {} {",
        f"plus := add(plus, {size:#x})",
        f"minus := sub(minus, {size:#x})",
        "if eq(minus, table) {",
        "// -8 times the point, the last entry to be made",
        "mstore(minus, addmod(Y, sub(p, X), p))",
        "mstore(add(minus, 0x20), addmod(Y, X, p))",
        f"mstore(add(minus, 0x40), sub(p, mulmod(T, {TWICE_D:#066x}, p)))",
        "mstore(add(minus, 0x60), add(Z, Z))",
        "break",
        "}",
        *store_pair(),
        *add("first", with_t=True),
        "}",
    ]


def render_combination() -> list[str]:
    """Steps are functions with two calls each at least: inlined, they would need more stack than the EVM reaches."""

    def position(distance: int) -> str:
        return f"add(at, {distance:#x})" if distance else "at"

    def from_table(table: int, digits: int, digit: str) -> str:
        offset = digit.format(position(digits - layout.DIGITS_A))
        return f"X, Y, Z, T := addEntry(X, Y, Z, T, add({table:#x}, {offset}))"

    def from_base_table(table: int, distance: int) -> str:
        return f"X, Y, Z, T := addBase(X, Y, Z, T, {table:#x}, and(mload({position(distance)}), 0xff))"

    load_prime = f"let p := mload({layout.FIELD_PRIME_AT:#x})"
    size = layout.BASE_ENTRY
    fetch = f"extcodecopy(mload(tableAt), {layout.BASE_BUFFER:#x}, add(1, mul(digit, {size:#x})), {size:#x})"
    first = layout.DIGITS_A + 16 - 31  # where a read ends in the first of the 16 bytes
    to_base = layout.DIGITS_B - layout.DIGITS_A
    point, point_in = "-> X, Y, Z, T {", "X := X1 Y := Y1 Z := Z1"
    return [
        f"function timesSixteen(X1, Y1, Z1) {point}", point_in, load_prime,
        *double(False) * 3, *double(True),
        "}",
        f"function addEntry(X1, Y1, Z1, T1, entryAt) {point}", point_in, "T := T1", load_prime,
        *add("entryAt", True),
        "}",
        f"function addBase(X1, Y1, Z1, T1, tableAt, digit) {point}", point_in, "T := T1", load_prime,
        fetch,
        *add(f"{layout.BASE_BUFFER:#x}", True, affine=True),
        "}",
        f"mstore({layout.LOW_TABLE_AT:#x}, lowTable)",
        f"mstore({layout.HIGH_TABLE_AT:#x}, highTable)",
        "let X := 0",
        "let Y := 1",
        "let Z := 1",
        "let T := 0",
        "// A word read at `at` ends in the running byte of the first scalar, 32 bytes on of the second, 48 and",
        "// 64 bytes on of the two halves of the base point's.",
        f"for {{ let at := {first:#x} }} 1 {{}} {{",
        "// upper digits of the 128-bit scalars",
        from_table(layout.TABLE_A, layout.DIGITS_A, HIGH_DIGIT),
        from_table(layout.TABLE_R, layout.DIGITS_R, HIGH_DIGIT),
        "// lower digits of the 128-bit scalars, and digits of the base point's",
        "X, Y, Z, T := timesSixteen(X, Y, Z)",
        from_table(layout.TABLE_A, layout.DIGITS_A, LOW_DIGIT),
        from_table(layout.TABLE_R, layout.DIGITS_R, LOW_DIGIT),
        from_base_table(layout.HIGH_TABLE_AT, to_base - 16),
        from_base_table(layout.LOW_TABLE_AT, to_base),
        "at := add(at, 1)",
        f"if eq(at, {first + 16:#x}) {{ break }}",
        "X, Y, Z, T := timesSixteen(X, Y, Z)",
        "}",
        "x := X y := Y z := Z",
    ]  # fmt: skip


def render() -> str:
    table, combination = "\n".join(render_table()), "\n".join(render_combination())
    return f"""
/// @title Multiples of points of edwards25519
/// @dev Source of the formulas: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves Revisited" (2008), sections 3.1
/// and 3.3, a = -1. They are complete on this curve: no exception for equal points, opposite points or the
/// identity, and Z is never zero. mulmod takes numbers of 256 bits and p < 2^255, so a sum of two reduced numbers
/// needs no reduction of its own. The caller claims the workspace.
library Edwards25519 {{
    /// @notice Stores the multiples -8 to 7 of the affine point (x, y) as 16 entries of 128 bytes at `table`.
    /// @dev An entry is y + x, y - x, 2dt and 2z of its point. x and y must be below p, and on the curve.
    function storeMultiples(uint256 table, uint256 x, uint256 y) internal pure {{
        // Memory-safe: `table` is one of the workspace's two tables, which the caller has claimed.
        assembly ("memory-safe") {{
{table}
        }}
    }}

    /// @notice a A + r R + b B for the points of the workspace's two tables and the scalars of its three digit words.
    /// @dev 32 signed digits of 4 bits for a and r, 32 digits of 8 bits for b. 124 doublings: before the first digits
    /// are added the sum is the identity. The digit words hold a + 0x88..88 and r + 0x88..88 (128 bits: digit plus 8 in
    /// each 4 bits, which is the entry's index) and the complement of b (the tables of base points run from 255 down to
    /// 0).
    /// @param lowTable Data contract of the multiples of B.
    /// @param highTable Data contract of the multiples of 2^128 B.
    /// @return x Projective x, below p.
    /// @return y Projective y, below p.
    /// @return z The common denominator, below p and never zero where the tables hold points of the curve.
    function combine(address lowTable, address highTable) internal view returns (uint256 x, uint256 y, uint256 z) {{
        // Memory-safe: touches the workspace only, which the caller has claimed.
        assembly ("memory-safe") {{
{combination}
        }}
    }}

    /// @notice 8 times the projective point, to clear the cofactor.
    function clearCofactor(uint256 X, uint256 Y, uint256 Z) internal pure returns (uint256, uint256, uint256) {{
        assembly ("memory-safe") {{
let p := mload({layout.FIELD_PRIME_AT:#x})
for {{ let i := 0 }} lt(i, 3) {{ i := add(i, 1) }}
{chr(10).join(double(False))}
        }}
        return (X, Y, Z);
    }}
}}
"""
