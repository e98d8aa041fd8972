# SPDX-License-Identifier: Apache-2.0
"""BlockHistory: how far back a challenge may be, and what is believed about blocks that the EVM has forgotten."""

from __future__ import annotations

import pytest

from tests.direct_call import fails_with, send
from tests.unit.attestation_registry.registry_world import Challenge, RegistryWorld, worker_key

KEY, OTHER = worker_key(1), worker_key(2)
CHALLENGE_BLOCKS = 3
"""Number of that parameter."""
EVM, LONGEST = 256, 8191
"""How many blocks back BLOCKHASH and the contract of EIP-2935 can tell."""
AT_ONCE = 500
HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"


@pytest.fixture(scope="module", autouse=True)
def _on_anvil_only(chain):
    if chain.provider.name != "foundry":
        pytest.skip("eth-tester has no contract of EIP-2935, and no way to put one in")


@pytest.fixture(scope="module")
def far_world(_on_anvil_only, deployed_world) -> RegistryWorld:
    """The longest window there can be."""
    set_window(deployed_world, LONGEST)
    return deployed_world


def set_window(world, blocks):
    send(world.sender, world.registry.setParameter, CHALLENGE_BLOCKS, blocks)


def mine_until(world, challenge, blocks):
    """The next transaction is in the block that many after the challenge's."""
    web3 = world.chain.provider.web3
    missing = challenge.number + blocks - 1 - web3.eth.block_number
    assert missing >= 0
    # In parts, or thousands at once would outlast the client's patience.
    for part in [AT_ONCE] * (missing // AT_ONCE) + [missing % AT_ONCE]:
        if part:
            web3.provider.make_request("anvil_mine", [hex(part)])


def set_history(world, code):
    answer = world.chain.provider.web3.provider.make_request("anvil_setCode", [HISTORY, "0x" + code.hex()])
    assert "error" not in answer


def answering(data, *, reverting=False):
    """Code of a contract that answers every call with these bytes, 255 at most."""
    # PUSH1 length, DUP1, PUSH1 where they begin behind the 11 bytes of code, PUSH0, CODECOPY, PUSH0, RETURN or REVERT
    code = bytes([0x60, len(data), 0x80, 0x60, 10, 0x5F, 0x39, 0x5F, 0xFD if reverting else 0xF3, 0xFE])
    return code + data


@pytest.mark.parametrize("window", [16, EVM, EVM + 1, 300])
def test_challenge_is_good_for_its_window_and_no_longer(far_world, window):
    world = far_world
    set_window(world, window)
    challenge = world.challenge()
    last, late = (world.submission(key, challenge=challenge) for key in (KEY, OTHER))
    mine_until(world, challenge, window)
    world.submit(last)
    assert world.status(KEY) == (True, "")
    with fails_with("ChallengeStale"):
        world.submit(late)


@pytest.mark.deep
def test_challenge_is_good_for_the_longest_window(far_world):
    """Beyond it the history contract reverts, and overwrites what it had."""
    world = far_world
    challenge = world.challenge()
    last, late = (world.submission(key, challenge=challenge) for key in (KEY, OTHER))
    mine_until(world, challenge, LONGEST)
    world.submit(last)
    assert world.status(KEY) == (True, "")
    with fails_with("ChallengeStale"):
        world.submit(late)


def test_challenge_far_back_must_be_that_blocks_hash(far_world):
    world = far_world
    challenge, before = world.challenge(), world.challenge(2)
    good = world.submission(KEY, challenge=challenge)
    wrong = world.submission(KEY, challenge=Challenge(challenge.number, before.hash))
    mine_until(world, challenge, EVM + 10)
    with fails_with("HolderDiffers"):
        world.submit(wrong)
    world.submit(good)


@pytest.mark.parametrize(
    "code",
    [
        b"",
        answering(b""),
        answering(b"", reverting=True),
        answering(b"\1" * 32, reverting=True),
        answering(bytes(32)),
        answering(b"\1" * 31),
        answering(b"\1" * 33),
        answering(b"\1" * 64),
    ],
    ids=["none", "silent", "reverts", "reverts with a word", "zero", "31 bytes", "33 bytes", "64 bytes"],
)
def test_without_a_sound_history_contract_only_what_the_evm_knows_counts(far_world, code):
    world = far_world
    challenge = world.challenge()
    last, late = (world.submission(key, challenge=challenge) for key in (KEY, OTHER))
    set_history(world, code)
    mine_until(world, challenge, EVM)
    world.submit(last)
    with fails_with("ChallengeStale"):
        world.submit(late)


def test_history_contract_is_asked_only_for_what_the_evm_does_not_know(far_world):
    """Its word is taken for a block beyond 256, and for none within."""
    world = far_world
    challenge = world.challenge()
    invented = Challenge(challenge.number, b"\1" * 32)
    near, far = (world.submission(key, challenge=invented) for key in (KEY, OTHER))
    set_history(world, answering(invented.hash))
    mine_until(world, challenge, EVM)
    with fails_with("HolderDiffers"):
        world.submit(near)
    world.submit(far)
