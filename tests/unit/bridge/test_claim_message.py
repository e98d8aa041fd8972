# SPDX-License-Identifier: Apache-2.0
"""ClaimMessage against string formatting in Python."""

from __future__ import annotations

import ape
import pytest

from tests.reference.claims import sentence

ADDRESSES = [
    "0x" + "00" * 20,
    "0x" + "ff" * 20,
    "0x0123456789abcdef0123456789abcdef01234567",
    "0x" + "9a" * 20,
    "0x" + "a9" * 20,
    "0xfedcba9876543210fedcba98765432100a0f90f9",
]


@pytest.fixture(scope="module")
def library(project, deployer):
    return deployer.deploy(project.MockClaimMessage)


@pytest.mark.parametrize("recipient", ADDRESSES)
def test_sentence_spells_the_recipient(library, recipient):
    message = library.sentence(recipient, False, False, ADDRESSES[2], 2035)
    assert message == sentence(recipient, ADDRESSES[2], 2035)


@pytest.mark.parametrize("chain_id", [0, 1, 10, 2035, 31337, 10**8 + 1, 10**14 - 1])
@pytest.mark.parametrize("into_vault", [False, True], ids=["liquid", "vault"])
@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "wrapped"])
def test_sentence_names_the_chain(library, chain_id, into_vault, wrapped):
    message = library.sentence(ADDRESSES[2], into_vault, wrapped, ADDRESSES[5], chain_id)
    opening = "vPHA" if into_vault else "PHA"
    assert message == sentence(ADDRESSES[2], ADDRESSES[5], chain_id, opening=opening, wrapped=wrapped)


def test_wrapped_sentence_fits_the_cheap_length_for_sr25519(library):
    """Up to 119 bytes: a longer message costs one more permutation of keccak-f."""
    message = library.sentence(ADDRESSES[0], False, True, ADDRESSES[1], 99_999)
    assert message == sentence(ADDRESSES[0], ADDRESSES[1], 99_999, wrapped=True)
    assert len(message) <= 119


def test_sentence_reverts_when_the_chain_id_has_no_room(library):
    with ape.reverts(library.ChainIdTooLong, chainId=10**14):
        library.sentence(ADDRESSES[0], False, False, ADDRESSES[1], 10**14)
