# SPDX-License-Identifier: Apache-2.0
"""Where each piece of the cryptography keeps its data in memory.

Addresses are constants because an address worked out at run time costs 6 gas at each of the thousands of accesses
of one verification. The transcript or hash comes first and the curve arithmetic after it, so the two phases use
the same memory.
"""

from __future__ import annotations

LANES = 25
WORD = 0x20

START = 0x400

# Constants that stand in memory because the compiler, given a literal that it meets often, computes it each time
# with up to five instructions to save code; a variable read from here costs one.
FIELD_PRIME_AT = START
LANE_MASK_AT = FIELD_PRIME_AT + WORD
FOUR_COPIES_AT = LANE_MASK_AT + WORD
CONSTANTS_END = FOUR_COPIES_AT + WORD

# Phase one, sr25519: Merlin over STROBE-128 over keccak-f[1600].
KECCAK_STATE = CONSTANTS_END
KECCAK_OTHER = KECCAK_STATE + LANES * WORD
KECCAK_CONSTANTS = KECCAK_OTHER + LANES * WORD
STROBE_BLOCK = KECCAK_CONSTANTS + 24 * WORD
STROBE_POSITION = STROBE_BLOCK + 7 * WORD
STROBE_BEGIN = STROBE_POSITION + WORD

# Phase one, ed25519: SHA-512.
SHA512_CONSTANTS = CONSTANTS_END
SHA512_SCHEDULE = SHA512_CONSTANTS + 80 * 8
SHA512_STATE = SHA512_SCHEDULE + 80 * 16
SHA512_TAIL = SHA512_STATE + 8 * WORD

# Phase two: the curve.
POINT_ENTRY = 4 * WORD
BASE_ENTRY = 3 * WORD
TABLE_A = CONSTANTS_END
TABLE_R = TABLE_A + 16 * POINT_ENTRY
BASE_BUFFER = TABLE_R + 16 * POINT_ENTRY
DIGITS_A = BASE_BUFFER + BASE_ENTRY
DIGITS_R = DIGITS_A + WORD
DIGITS_B = DIGITS_R + WORD
LOW_TABLE_AT = DIGITS_B + WORD
HIGH_TABLE_AT = LOW_TABLE_AT + WORD

END = max(STROBE_BEGIN + WORD, SHA512_TAIL + 256, HIGH_TABLE_AT + WORD)

#: name of the Solidity constant -> (address, what stands there)
CONSTANTS: dict[str, tuple[int, str]] = {
    "WORKSPACE_START": (START, "First byte of the workspace; Solidity's own memory must end at or before it."),
    "WORKSPACE_END": (END, "First byte after the workspace."),
    "FIELD_PRIME_AT": (FIELD_PRIME_AT, "2^255 - 19."),
    "LANE_MASK_AT": (LANE_MASK_AT, "2^64 - 1."),
    "FOUR_COPIES_AT": (FOUR_COPIES_AT, "Puts a 64-bit number four times into a word when multiplied by it."),
    "KECCAK_STATE": (
        KECCAK_STATE,
        "keccak-f[1600]: lane (x, y) in word x + 5y, four times over.",
    ),
    "KECCAK_CONSTANTS": (KECCAK_CONSTANTS, "keccak-f[1600]: 24 round constants, each four times over in its word."),
    "STROBE_BLOCK": (STROBE_BLOCK, "STROBE: bytes not yet mixed into the state, at most 166, then 58 bytes of slack."),
    "STROBE_POSITION": (STROBE_POSITION, "STROBE: how many bytes of the block are filled."),
    "STROBE_BEGIN": (
        STROBE_BEGIN,
        "STROBE: 1 + where in this block the running operation began, 0 if before.",
    ),
    "SHA512_CONSTANTS": (SHA512_CONSTANTS, "SHA-512: 80 round constants of 8 bytes, packed."),
    "SHA512_SCHEDULE": (SHA512_SCHEDULE, "SHA-512: 80 schedule words, each twice over in 16 bytes."),
    "SHA512_STATE": (SHA512_STATE, "SHA-512: the chaining value, 8 words of 64 bits, one to a memory word."),
    "SHA512_TAIL": (SHA512_TAIL, "SHA-512: the padded last block, or last two."),
    "TABLE_A": (TABLE_A, "Curve: 16 multiples, -8 to 7, of the point that the first 128-bit scalar multiplies."),
    "TABLE_R": (TABLE_R, "Curve: 16 multiples, -8 to 7, of the point that the second 128-bit scalar multiplies."),
    "DIGITS_A": (DIGITS_A, "Curve: the first 128-bit scalar plus 0x88...88 (32 digits)."),
    "DIGITS_R": (DIGITS_R, "Curve: the second 128-bit scalar plus 0x88...88 (32 digits)."),
    "DIGITS_B": (DIGITS_B, "Curve: bitwise complement of the base point's 256-bit scalar."),
}


def render() -> str:
    lines = [
        "// The workspace: one stretch of memory with fixed addresses. Whoever uses a library of this folder claims it",
        "// first (Workspace.claim). The curve's phase reuses the memory of the transcript's or hash's phase.",
        "",
    ]
    for name, (address, what) in CONSTANTS.items():
        lines += [f"// {what}", f"uint256 constant {name} = {address:#x};"]
    return "\n".join(lines) + "\n"
