# SPDX-License-Identifier: Apache-2.0
"""Writes WorkspaceSha512Compression.sol and, through sha384.py, Sha384Compression.sol: the compression function with
eight rounds unrolled, once on the workspace's fixed addresses and once on memory past Solidity's free pointer.

A 64-bit number is kept twice over, in bits 0 to 63 and 64 to 127; a shift to the right then rotates it, as far as
bits 0 to 63 go. What stands above them is never looked at: sums carry upwards only, and each result is masked
before it is doubled again. The schedule computes two words at once, one in each half of a memory word; there,
terms are masked before they are added, so that no carry crosses from the lower half to the upper one.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

import layout

MASK = (1 << 64) - 1
TWICE = 1 | 1 << 64
TWO_LANES = MASK | MASK << 128


def first_primes(count: int) -> list[int]:
    primes: list[int] = []
    candidate = 2
    while len(primes) < count:
        if all(candidate % prime for prime in primes):
            primes.append(candidate)
        candidate += 1
    return primes


def cube_root(value: int) -> int:
    """Floor of the cube root."""
    low, high = 0, 1 << (value.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= value else (low, middle - 1)
    return low


def round_constants() -> list[int]:
    """FIPS 180-4, 4.2.3: 64 bits of the fractional parts of the cube roots of the first 80 primes."""
    return [cube_root(prime << 192) & MASK for prime in first_primes(80)]


def initial_state() -> list[int]:
    """FIPS 180-4, 5.3.5: 64 bits of the fractional parts of the square roots of the first 8 primes."""
    return [isqrt(prime << 128) & MASK for prime in first_primes(8)]


def render_round(names: list[str], i: int) -> list[str]:
    """FIPS 180-4, 6.4.2, step 3; instead of moving eight variables, the next round takes other names for them."""
    a, b, c, d, e, f, g, h = names
    big_sigma_1 = f"xor(xor(shr(14, {e}), shr(18, {e})), shr(41, {e}))"
    choose = f"xor({g}, and({e}, xor({f}, {g})))"
    big_sigma_0 = f"xor(xor(shr(28, {a}), shr(34, {a})), shr(39, {a}))"
    majority = f"xor(and({a}, {b}), and({c}, xor({a}, {b})))"
    word = f"add(mload(add(wordAt, {16 * i:#x})), mload(add(constantAt, {8 * i:#x})))"
    return [
        "{",
        f"let t := add(add({h}, {word}), add({big_sigma_1}, {choose}))",
        f"{d} := mul(and(add({d}, t), {MASK:#x}), {TWICE:#x})",
        f"{h} := mul(and(add(t, add({big_sigma_0}, {majority})), {MASK:#x}), {TWICE:#x})",
        "}",
    ]


def fixed(address: int) -> str:
    """A place in memory, where places are fixed addresses."""
    return f"{address:#x}"


def render_pair(offset: int) -> list[str]:
    """FIPS 180-4, 6.4.2, step 1, for the two words that stand `offset` bytes past `at`."""

    def back(distance: int) -> str:
        past = offset - distance
        return f"add(at, {past})" if past > 0 else f"sub(at, {-past})" if past < 0 else "at"

    return [
        f"let x := mload({back(240)})",
        f"let sum := and(xor(xor(shr(1, x), shr(8, x)), shr(7, and(x, {TWO_LANES:#x}))), {TWO_LANES:#x})",
        f"x := mload({back(32)})",
        f"sum := add(sum, and(xor(xor(shr(19, x), shr(61, x)), shr(6, and(x, {TWO_LANES:#x}))), {TWO_LANES:#x}))",
        f"sum := add(sum, and(mload({back(256)}), {TWO_LANES:#x}))",
        f"sum := add(sum, and(mload({back(112)}), {TWO_LANES:#x}))",
        f"mstore({back(0)}, mul(and(sum, {TWO_LANES:#x}), {TWICE:#x}))",
    ]


def render_compression(
    schedule: int = layout.SHA512_SCHEDULE,
    state: int = layout.SHA512_STATE,
    constants: int = layout.SHA512_CONSTANTS,
    place: Callable[[int], str] = fixed,
    rounds_a_pass: int = 8,
    pairs_a_pass: int = 1,
) -> list[str]:
    """The body of `compress`: three numbers say where its memory is, and `place` how such a number is written.

    `rounds_a_pass` rounds (a multiple of 8) and `pairs_a_pass` pairs of schedule words (1 or 8) are unrolled.
    """
    names = list("abcdefgh")
    # Read before the schedule is written: the compiler then reads the state again at the end, and does not keep it
    # on the stack, where there is no place for it.
    code = [f"let {n} := mul(mload({place(state + 32 * i)}), {TWICE:#x})" for i, n in enumerate(names)]
    code += [
        "// the block's 16 words, two from each 16 bytes",
        "for { let i := 0 } lt(i, 8) { i := add(i, 1) } {",
        "let two := shr(128, mload(add(block_, shl(4, i))))",
        f"two := or(and(shl(64, two), {MASK << 128:#x}), and(two, {MASK:#x}))",
        f"mstore(add({place(schedule)}, shl(5, i)), mul(two, {TWICE:#x}))",
        "}",
        "// the other 64, two at a time",
        f"for {{ let at := {place(schedule + 256)} }} lt(at, {place(schedule + 1280)}) "
        f"{{ at := add(at, {32 * pairs_a_pass}) }} {{",
    ]
    for i in range(pairs_a_pass):
        code += render_pair(32 * i) if pairs_a_pass == 1 else ["{", *render_pair(32 * i), "}"]
    code.append("}")
    code += [
        "// 80 rounds; a word read at `wordAt` or `constantAt` ends in what is wanted",
        f"for {{ let wordAt := {place(schedule - 16)} }} lt(wordAt, {place(schedule - 16 + 1280)}) "
        f"{{ wordAt := add(wordAt, {16 * rounds_a_pass}) }} {{",
        f"let constantAt := add({place(constants - 24)}, shr(1, sub(wordAt, {place(schedule - 16)})))",
    ]
    for i in range(rounds_a_pass):
        code += render_round(names, i)
        names = names[-1:] + names[:-1]
    code.append("}")
    code += [
        f"mstore({place(state + 32 * i)}, and(add(mload({place(state + 32 * i)}), {n}), {MASK:#x}))"
        for i, n in enumerate(names)
    ]
    return code


def render_start(
    initial: list[int],
    state: int = layout.SHA512_STATE,
    constants: int = layout.SHA512_CONSTANTS,
    place: Callable[[int], str] = fixed,
) -> list[str]:
    """The body of `start`: round constants, packed, and the initial state."""
    packed = b"".join(constant.to_bytes(8, "big") for constant in round_constants())
    code = [f"mstore({place(constants + i)}, 0x{packed[i : i + 32].hex()})" for i in range(0, len(packed), 32)]
    return code + [f"mstore({place(state + 32 * i)}, {value:#x})" for i, value in enumerate(initial)]


def render() -> str:
    start = "\n".join(render_start(initial_state()))
    compression = "\n".join(render_compression())
    return f"""
/// @title The compression function of SHA-512 on a state in the workspace
/// @dev Source: FIPS 180-4, section 6.4. The caller claims the workspace and calls `start` once. Numbers are kept twice
/// over in 128 bits, so that a shift to the right rotates bits 0 to 63; what is above those bits is never used.
library WorkspaceSha512Compression {{
    /// @notice Writes the round constants and the initial state of SHA-512 into the workspace.
    function start() internal pure {{
        // Memory-safe: writes inside the workspace, which the caller has claimed.
        assembly ("memory-safe") {{
{start}
        }}
    }}

    /// @notice Mixes the 128 bytes of memory at `block_` into the state.
    function compress(uint256 block_) internal pure {{
        // Memory-safe: writes inside the workspace only, which the caller has claimed.
        assembly ("memory-safe") {{
{compression}
        }}
    }}
}}
"""
