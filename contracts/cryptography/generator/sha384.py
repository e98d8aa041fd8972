# SPDX-License-Identifier: Apache-2.0
"""Writes Sha384Compression.sol: what sha512.py makes, started as SHA-384 and on memory past the free pointer.

SHA-384 is wanted in the midst of other work, on memory that Solidity manages, so it doesn't take the workspace.
"""

from __future__ import annotations

from math import isqrt

import sha512

CONSTANTS = 0x20  # past the free pointer; the word before it is read with the first constant
SCHEDULE = CONSTANTS + 640
STATE = SCHEDULE + 1280
SCRATCH_LENGTH = STATE + 256


def initial_state() -> list[int]:
    """FIPS 180-4, 5.3.4: 64 bits of the fractional parts of the square roots of the 9th to 16th primes."""
    return [isqrt(prime << 128) & sha512.MASK for prime in sha512.first_primes(16)[8:]]


def place(offset: int) -> str:
    """The free pointer is read each time: on the stack there is no place for it."""
    return f"add(mload(0x40), {offset:#x})"


def render() -> str:
    start = "\n".join(sha512.render_start(initial_state(), STATE, CONSTANTS, place))
    compression = "\n".join(sha512.render_compression(SCHEDULE, STATE, CONSTANTS, place, 16, 8))
    return f"""
/// @title The compression function of SHA-512 on a state past the free pointer, started as SHA-384
/// @dev Source: FIPS 180-4, sections 5.3.4 and 6.4. Between `start` and the last use of the state, no memory may be
/// allocated. Numbers are kept as in WorkspaceSha512Compression.
library Sha384Compression {{
    /// @notice Where the state begins, from the free pointer on: 8 words of 64 bits, one to a memory word.
    uint256 internal constant STATE = {STATE:#x};
    /// @notice How many bytes past the free pointer are used.
    uint256 internal constant SCRATCH_LENGTH = {SCRATCH_LENGTH:#x};

    /// @notice Writes the round constants and the initial state of SHA-384.
    function start() internal pure {{
        // Memory-safe: writes past the free pointer only.
        assembly ("memory-safe") {{
{start}
        }}
    }}

    /// @notice Mixes the 128 bytes of memory at `block_` into the state.
    function compress(uint256 block_) internal pure {{
        // Memory-safe: writes past the free pointer only.
        assembly ("memory-safe") {{
{compression}
        }}
    }}
}}
"""
