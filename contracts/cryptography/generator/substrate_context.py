# SPDX-License-Identifier: Apache-2.0
"""Writes SubstrateSigningContext.sol: the transcript's state after the part that is the same for every signature."""

from __future__ import annotations

import layout
import reference as ref
from keccak import FOUR_COPIES


def render() -> str:
    transcript = ref.Transcript(b"SigningContext")
    transcript.append(b"", b"substrate")
    stores = []
    for i in range(layout.LANES):
        lane = int.from_bytes(transcript.state[8 * i : 8 * i + 8], "little")
        stores.append(f"mstore({layout.KECCAK_STATE + layout.WORD * i:#x}, {lane * FOUR_COPIES:#066x})")
    stores += [f"mstore({layout.STROBE_BLOCK + layout.WORD * i:#x}, 0)" for i in range(7)]
    stores.append(f"mstore({layout.STROBE_POSITION:#x}, {transcript.position:#x})")
    stores.append(f"mstore({layout.STROBE_BEGIN:#x}, {transcript.begin:#x})")
    return f"""
/// @title The Merlin transcript of schnorrkel's signing context `substrate`
/// @dev Transcript("SigningContext"), then append("", "substrate"): the state of STROBE-128 after it is constant.
library SubstrateSigningContext {{
    /// @notice Puts that state into the workspace, which the caller has claimed.
    /// @dev The state holds the first bytes of the running block already, so the block's buffer is zero there.
    function start() internal pure {{
        // Memory-safe: writes inside the workspace.
        assembly ("memory-safe") {{
{chr(10).join(stores)}
        }}
    }}
}}
"""
