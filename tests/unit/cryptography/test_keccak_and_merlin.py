# SPDX-License-Identifier: Apache-2.0
"""keccak-f[1600] against known answers and the `sha3` module's sponge; Merlin against its published vector."""

from __future__ import annotations

import ape
import pytest
import sha3

from pha.cryptography import keccak, sr25519
from pha.cryptography.merlin import Transcript

MASK = 2**64 - 1

# The first lanes of keccak-f[1600] applied once and twice to the zero state: the Keccak team's
# KeccakF-1600-IntermediateValues.
ZERO_ONCE = (0xF1258F7940E1DDE7, 0x84D5CCF933C0478A, 0xD598261EA65AA9EE, 0xBD1547306F80494D, 0x8B284E056253D057)
ZERO_TWICE = (0x2D5C954DF96ECB3C, 0x6A332CD07057B56D, 0x093D8D1270D76B6C, 0x8A20D9B25569D094, 0x4F9C4F99E5E7F156)


def absorb_one_block(permute, data: bytes) -> bytes:
    """Keccak-256 of fewer than 136 bytes (padding 0x01), with the permutation given."""
    block = bytearray(data + b"\x01" + bytes(135 - len(data)))
    block[135] |= 0x80
    lanes = [int.from_bytes(block[i : i + 8], "little") for i in range(0, 136, 8)] + [0] * 8
    return b"".join(lane.to_bytes(8, "little") for lane in permute(lanes)[:4])


def test_permute_gives_known_answers_when_state_is_zero(transcripts):
    once, _ = transcripts.keccakF1600([0] * 25)
    twice, _ = transcripts.keccakF1600(once)
    assert tuple(once[:5]) == ZERO_ONCE
    assert tuple(twice[:5]) == ZERO_TWICE


def test_permute_agrees_with_sha3_module_when_used_as_a_sponge(transcripts, rng, some):
    for length in some((0, 1, 7, 8, 31, 100, 134, 135)):
        data = rng.randbytes(length)
        assert absorb_one_block(lambda s: transcripts.keccakF1600(s)[0], data) == sha3.keccak_256(data).digest()


def test_permute_is_exact_when_lanes_are_all_ones_or_one_bit(transcripts, rng, some):
    def expected(lanes):
        state = keccak.keccak_f1600(b"".join(lane.to_bytes(8, "little") for lane in lanes))
        return [int.from_bytes(state[i : i + 8], "little") for i in range(0, 200, 8)]

    states = [[MASK] * 25]
    states += [[MASK if i == lane else 0 for i in range(25)] for lane in range(25)]
    states += [[0 if i == lane else MASK for i in range(25)] for lane in range(25)]
    states += [[rng.choice((0, MASK, 1, 1 << 63, rng.getrandbits(64))) for _ in range(25)] for _ in range(30)]
    for state in some(states, 12):
        assert transcripts.keccakF1600(state)[0] == expected(state)


def test_python_permutation_agrees_with_sha3_module(rng):
    def permute(lanes):
        state = keccak.keccak_f1600(b"".join(lane.to_bytes(8, "little") for lane in lanes))
        return [int.from_bytes(state[i : i + 8], "little") for i in range(0, 200, 8)]

    for length in range(136):
        data = rng.randbytes(length)
        assert absorb_one_block(permute, data) == sha3.keccak_256(data).digest()
    with pytest.raises(ValueError, match="200 bytes"):
        keccak.keccak_f1600(bytes(199))


def label(text: bytes):
    return text.ljust(32, b"\0"), len(text)


MERLIN_CHALLENGE = "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"


def test_merlin_gives_its_published_challenge(transcripts):
    """Merlin's own test of equivalence: transcript "test protocol", "some label" -> "some data", 32 bytes."""
    low, _ = transcripts.merlin(*label(b"test protocol"), *label(b"some label"), b"some data", *label(b"challenge"), 32)
    assert low.to_bytes(32, "little").hex() == MERLIN_CHALLENGE


def test_python_merlin_gives_its_published_challenge():
    transcript = Transcript(b"test protocol")
    transcript.append(b"some label", b"some data")
    assert transcript.challenge(b"challenge", 32).hex() == MERLIN_CHALLENGE
    with pytest.raises(ValueError, match="1 to 166"):
        transcript.challenge(b"challenge", 0)


def test_merlin_agrees_with_python_at_every_message_length(transcripts, rng, some):
    for length in some(range(340), 8):
        message = rng.randbytes(length)
        low, high = transcripts.merlin(*label(b"lengths"), *label(b"m"), message, *label(b"c"), 64)
        transcript = Transcript(b"lengths")
        transcript.append(b"m", message)
        drawn = low.to_bytes(32, "little") + high.to_bytes(32, "little")
        assert drawn == transcript.challenge(b"c", 64), length


def test_schnorrkel_challenge_agrees_with_python_at_every_message_length(transcripts, rng, some):
    for length in some(range(340), 8):
        key, r, message = rng.randbytes(32), rng.randbytes(32), rng.randbytes(length)
        assert transcripts.schnorrkelChallenge(key, r, message) == sr25519.challenge_scalar(key, r, message), length


def test_claim_reverts_when_workspace_is_taken(transcripts, project):
    with ape.reverts():
        transcripts.claimTwice()
