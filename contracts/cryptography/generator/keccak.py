# SPDX-License-Identifier: Apache-2.0
"""Writes KeccakF1600.sol: keccak-f[1600] with rotations that are single shifts.

A lane of 64 bits is kept four times over in a 256-bit word. A shift of such a word, left or right, is then a
rotation of every copy that the shift did not cut: bit i of the word is still right for every i in some *window*
[low, high). Left by n moves the window up by n; right by 64 - n, the same rotation, moves it down. Combining two
words keeps the intersection of their windows. `Window` follows this exactly, and generation fails should a bit
that is read lie outside. Three rounds fit into 256 bits; the third leaves the lane in the low 64 bits, from
where a mask and one multiplication make four copies anew.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import layout
from reference import MASK, ROUNDS, rotation_offsets, round_constants

FOUR_COPIES = sum(1 << (64 * i) for i in range(4))
ROUNDS_PER_WINDOW = 3
#: rotations up to this amount shift left, larger ones right; there is no amount between 28 and 36
LAST_LEFT_SHIFT = 28


@dataclass(frozen=True)
class Window:
    """Bits [low, high) of a word that hold bit (i mod 64) of its lane."""

    low: int = 0
    high: int = 256

    def left(self, n: int) -> Window:
        return Window(self.low + n, min(256, self.high + n))

    def right(self, n: int) -> Window:
        return Window(max(0, self.low - n), self.high - n)

    def __and__(self, other: Window) -> Window:
        return Window(max(self.low, other.low), min(self.high, other.high))

    def covers(self, low: int, high: int) -> bool:
        return self.low <= low and high <= self.high


def shift(expression: str, amount: int, window: Window) -> tuple[str, Window]:
    """A rotation to the left by `amount` that keeps the window as near the middle as it can."""
    if amount == 0:
        return expression, window
    if amount <= LAST_LEFT_SHIFT:
        return f"shl({amount}, {expression})", window.left(amount)
    return f"shr({64 - amount}, {expression})", window.right(64 - amount)


def shift_to_bottom(expression: str, amount: int, window: Window) -> tuple[str, Window]:
    """A rotation to the left by `amount` whose result is right in bits 0 to 63 at least."""
    distance = 128 - amount if amount else 64
    return f"shr({distance}, {expression})", window.right(distance)


def lane(buffer: int, x: int, y: int) -> str:
    return f"{buffer + layout.WORD * (x + 5 * y):#x}"


def render_theta(source: int) -> list[str]:
    """Body of a function that gives d0 to d4, what theta adds to each column of the buffer at `source`."""
    code = []
    for x in range(5):
        column = f"mload({lane(source, x, 4)})"
        for y in (3, 2, 1, 0):
            column = f"xor(mload({lane(source, x, y)}), {column})"
        code.append(f"let c{x} := {column}")
    for x in range(5):
        turned, _ = shift(f"c{(x + 1) % 5}", 1, Window())
        code.append(f"d{x} := xor(c{(x + 4) % 5}, {turned})")
    return code


def render_rest(source: int, target: int, constant: str, last: bool) -> list[str]:
    """The rest of a round, from the buffer at `source` to the one at `target`."""
    offsets = rotation_offsets()
    came_from = {(y, (2 * x + 3 * y) % 5): (x, y) for x in range(5) for y in range(5)}
    rotate = shift_to_bottom if last else shift
    code = []
    if last:
        code.append(f"let copies := mload({layout.FOUR_COPIES_AT:#x})")
    for new_y in range(5):
        code += [f"// rho, pi and chi, plane {new_y}" + (", and iota" if new_y == 0 else ""), "{"]
        for new_x in range(5):
            x, y = came_from[new_x, new_y]
            turned, _ = rotate(f"xor(mload({lane(source, x, y)}), d{x})", offsets[x, y], Window())
            code.append(f"let b{new_x} := {turned}")
        for new_x in range(5):
            value = f"xor(b{new_x}, and(not(b{(new_x + 1) % 5}), b{(new_x + 2) % 5}))"
            if (new_x, new_y) == (0, 0):
                value = f"xor({value}, {constant})"
            if last:
                value = f"mul(and({value}, {MASK:#x}), copies)"
            code.append(f"mstore({lane(target, new_x, new_y)}, {value})")
        code.append("}")
    return code


def window_after(window: Window, last: bool) -> Window:
    """The bits that are right in every lane after a round, given those before it."""
    _, turned = shift("", 1, window)
    window &= turned
    rotate = shift_to_bottom if last else shift
    window = functools.reduce(Window.__and__, (rotate("", n, window)[1] for n in rotation_offsets().values()))
    if last:
        assert window.covers(0, 64), f"a bit that is read is wrong: {window}"
        return Window()
    assert window.high - window.low >= 64, f"no whole lane is left: {window}"
    return window


def render_permutation() -> list[str]:
    state, other = layout.KECCAK_STATE, layout.KECCAK_OTHER
    end = layout.KECCAK_CONSTANTS + ROUNDS * layout.WORD
    code = [
        "function thetaOfState() -> d0, d1, d2, d3, d4 {", *render_theta(state), "}",
        "function thetaOfOther() -> d0, d1, d2, d3, d4 {", *render_theta(other), "}",
        "function roundForth(constant_) {", "let d0, d1, d2, d3, d4 := thetaOfState()",
        *render_rest(state, other, "constant_", last=False), "}",
        "function roundBack(constant_) {", "let d0, d1, d2, d3, d4 := thetaOfOther()",
        *render_rest(other, state, "constant_", last=False), "}",
        "// Six rounds a pass: an even number, so that a pass ends in the buffer it began in.",
        f"for {{ let at := {layout.KECCAK_CONSTANTS:#x} }} lt(at, {end:#x}) "
        f"{{ at := add(at, {6 * layout.WORD:#x}) }} {{",
    ]  # fmt: skip
    window = Window()
    for i in range(6):
        last = i % ROUNDS_PER_WINDOW == ROUNDS_PER_WINDOW - 1
        forth = i % 2 == 0
        window = window_after(window, last)
        code.append(f"// round {i + 1} of 6; after it bits {window.low} to {window.high - 1} of each word are right")
        constant = f"mload(add(at, {i * layout.WORD:#x}))" if i else "mload(at)"
        if last:
            theta, source, target = ("State", state, other) if forth else ("Other", other, state)
            code += ["{", f"let d0, d1, d2, d3, d4 := thetaOf{theta}()"]
            code += [*render_rest(source, target, constant, last=True), "}"]
        else:
            code.append(f"round{'Forth' if forth else 'Back'}({constant})")
    return [*code, "}"]


def render_constants() -> list[str]:
    return [
        f"mstore({layout.KECCAK_CONSTANTS + layout.WORD * i:#x}, {value * FOUR_COPIES:#066x})"
        for i, value in enumerate(round_constants())
    ]


def render() -> str:
    permutation, constants = "\n".join(render_permutation()), "\n".join(render_constants())
    return f"""
/// @title The permutation keccak-f[1600] on a state in the workspace
/// @notice The EVM's own KECCAK256 gives the hash only; STROBE needs the permutation beneath it.
/// @dev Source: FIPS 202, section 3. The caller claims the workspace, calls `loadConstants` once and writes the state.
/// Each lane stands four times over in its word, before and after. A shift of such a word rotates all copies that
/// it does not cut; the comment at each round says which bits of every word are right, and the generator proves
/// that no other bit reaches the result. Every rotation is exact for every lane, all ones included. Every third
/// round takes the low 64 bits of each lane and makes the four copies anew. Rounds are functions so that the
/// compiler's optimizer sees little code at a time; it runs out of memory otherwise.
library KeccakF1600 {{
    /// @notice Writes the round constants into the workspace.
    function loadConstants() internal pure {{
        // Memory-safe: writes inside the workspace, which the caller has claimed.
        assembly ("memory-safe") {{
{constants}
        }}
    }}

    /// @notice Applies the 24 rounds to the state in place.
    function permute() internal pure {{
        // Memory-safe: touches the workspace only, which the caller has claimed.
        assembly ("memory-safe") {{
{permutation}
        }}
    }}
}}
"""
