# SPDX-License-Identifier: Apache-2.0
"""L2PhaToken: only the bridges move supply, and never above one billion."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

SUPPLY = 10**27
HOME = "0x6c5bA91642F10282b576d91922Ae6448C9d52f4E"
ZERO_ADDRESS = "0x" + "00" * 20


@pytest.fixture(scope="module")
def standard_bridge(accounts):
    return accounts[5]


@pytest.fixture(scope="module")
def superchain_bridge(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def token(project, deployer, standard_bridge, superchain_bridge):
    return deployer.deploy(project.L2PhaToken, standard_bridge, HOME, superchain_bridge)


def interface_id(*signatures: str) -> bytes:
    """ERC-165: the exclusive or of the selectors."""
    value = 0
    for signature in signatures:
        value ^= int.from_bytes(keccak(text=signature)[:4], "big")
    return value.to_bytes(4, "big")


def test_supply_starts_at_nothing(token):
    assert token.totalSupply() == 0
    assert (token.name(), token.symbol(), token.decimals()) == ("Phala", "PHA", 18)
    assert token.CLOCK_MODE() == "mode=timestamp"


def test_bridges_and_home_are_as_given(token, standard_bridge, superchain_bridge):
    assert token.bridge() == token.l2Bridge() == standard_bridge
    assert token.remoteToken() == token.l1Token() == HOME
    assert token.superchainBridge() == superchain_bridge


def test_standard_bridge_mints_and_burns(token, standard_bridge, stranger):
    receipt = token.mint(stranger, 100, sender=standard_bridge)
    (event,) = receipt.decode_logs(token.Mint)
    assert (event.account, event.amount) == (stranger, 100)
    receipt = token.burn(stranger, 40, sender=standard_bridge)
    (event,) = receipt.decode_logs(token.Burn)
    assert (event.account, event.amount) == (stranger, 40)
    assert token.balanceOf(stranger) == token.totalSupply() == 60


def test_superchain_bridge_mints_and_burns(token, superchain_bridge, stranger):
    receipt = token.crosschainMint(stranger, 100, sender=superchain_bridge)
    (event,) = receipt.decode_logs(token.CrosschainMint)
    assert (event.to, event.amount, event.sender) == (stranger, 100, superchain_bridge)
    receipt = token.crosschainBurn(stranger, 40, sender=superchain_bridge)
    (event,) = receipt.decode_logs(token.CrosschainBurn)
    assert event.amount == 40
    assert token.balanceOf(stranger) == token.totalSupply() == 60


@pytest.mark.parametrize("method", ["mint", "burn", "crosschainMint", "crosschainBurn"])
@pytest.mark.parametrize("who", ["deployer", "stranger", "other bridge"])
def test_supply_reverts_for_all_but_the_bridge_in_charge(
    token, deployer, stranger, standard_bridge, superchain_bridge, method, who
):
    other = superchain_bridge if method in ("mint", "burn") else standard_bridge
    caller = {"deployer": deployer, "stranger": stranger, "other bridge": other}[who]
    with ape.reverts(token.CallerIsNotBridge, caller=caller):
        getattr(token, method)(caller, 0, sender=caller)


def test_no_superchain_bridge_means_nobody(project, deployer, standard_bridge, stranger):
    token = deployer.deploy(project.L2PhaToken, standard_bridge, HOME, ZERO_ADDRESS)
    for caller in (standard_bridge, deployer, stranger):
        with ape.reverts(token.CallerIsNotBridge, caller=caller):
            token.crosschainMint(stranger, 1, sender=caller)


def test_supply_never_exceeds_one_billion_over_both_bridges(token, standard_bridge, superchain_bridge, stranger):
    token.mint(stranger, SUPPLY - 1, sender=standard_bridge)
    token.crosschainMint(stranger, 1, sender=superchain_bridge)
    for method, caller in ((token.mint, standard_bridge), (token.crosschainMint, superchain_bridge)):
        with ape.reverts(token.ERC20ExceededSafeSupply, increasedSupply=SUPPLY + 1, cap=SUPPLY):
            method(stranger, 1, sender=caller)
    token.burn(stranger, 1, sender=standard_bridge)
    token.crosschainMint(stranger, 1, sender=superchain_bridge)
    assert token.totalSupply() == SUPPLY


def test_burn_reverts_beyond_the_balance(token, standard_bridge, stranger):
    token.mint(stranger, 5, sender=standard_bridge)
    with ape.reverts(token.ERC20InsufficientBalance, sender=stranger, balance=5, needed=6):
        token.burn(stranger, 6, sender=standard_bridge)


def test_votes_follow_mint_and_burn(token, standard_bridge, stranger):
    token.invoke_transaction("delegate", stranger, sender=stranger)
    token.mint(stranger, 9, sender=standard_bridge)
    assert token.getVotes(stranger) == 9
    token.burn(stranger, 4, sender=standard_bridge)
    assert token.getVotes(stranger) == 5


@pytest.mark.parametrize(("bridge", "home"), [(ZERO_ADDRESS, HOME), (HOME, ZERO_ADDRESS), (ZERO_ADDRESS, ZERO_ADDRESS)])
def test_deployment_reverts_without_bridge_or_home(project, token, deployer, bridge, home):
    with ape.reverts(token.BridgeConfigurationInvalid, standardBridge=bridge, remoteToken=home):
        deployer.deploy(project.L2PhaToken, bridge, home, ZERO_ADDRESS)


@pytest.mark.parametrize(
    ("name", "signatures", "known"),
    [
        ("ERC-165", ["supportsInterface(bytes4)"], "01ffc9a7"),
        (
            "OP mintable",
            ["remoteToken()", "bridge()", "mint(address,uint256)", "burn(address,uint256)"],
            "ec4fc8e3",
        ),
        ("OP legacy", ["l1Token()", "mint(address,uint256)", "burn(address,uint256)"], "1d1d8b63"),
        ("ERC-7802", ["crosschainMint(address,uint256)", "crosschainBurn(address,uint256)"], "33331994"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_supports_interface(token, name, signatures, known):
    assert interface_id(*signatures).hex() == known
    assert token.supportsInterface(bytes.fromhex(known))


@pytest.mark.parametrize("unknown", ["ffffffff", "00000000", "36372b07"])
def test_supports_no_other_interface(token, unknown):
    assert not token.supportsInterface(bytes.fromhex(unknown))
