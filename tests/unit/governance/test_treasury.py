# SPDX-License-Identifier: Apache-2.0
"""Treasury: paid once or streamed; what is set aside serves nothing else; a stopped stream pays what was earned."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

DAY = 86_400
ETHER = "0x" + "00" * 20
HELD = 1_000_000
START = 2_100_000_000


@pytest.fixture(scope="module")
def boss(accounts):
    """Holds the admin role, as the timelock does where it counts."""
    return accounts[5]


@pytest.fixture(scope="module")
def grantee(accounts):
    return accounts[6]


@pytest.fixture(scope="module")
def manager(project, deployer, boss):
    return deployer.deploy(project.PhaAccessManager, boss)


@pytest.fixture(scope="module")
def vault(project, chain, deployer, manager):
    """The treasury; `treasury` is the name of an account here."""
    return deployer.deploy(project.Treasury, manager)


@pytest.fixture(scope="module")
def pha(project, deployer, vault):
    token = deployer.deploy(project.MockToken, 18)
    token.mint(vault, HELD, sender=deployer)
    return token


@pytest.fixture(params=["token", "ether"])
def money(request, pha, vault, deployer):
    if request.param == "ether":
        deployer.transfer(vault, HELD)
        return ETHER
    return pha.address


@pytest.fixture
def balance(money, pha, chain):
    def read(account):
        return chain.provider.get_balance(str(account)) if money == ETHER else pha.balanceOf(account)

    return read


@pytest.fixture
def travel_to(chain):
    def to(timestamp):
        chain.pending_timestamp = timestamp
        chain.mine()

    return to


def terms(money, grantee, amount=1000, start=START, duration=100):
    return (money, grantee, amount, start, duration)


def test_payment_reaches_its_recipient(vault, money, boss, balance):
    recipient = "0x" + "ab" * 20
    receipt = vault.pay(money, recipient, HELD, sender=boss)
    assert balance(recipient) == HELD
    assert balance(vault) == 0
    (event,) = receipt.decode_logs(vault.Paid)
    assert (event.token, event.recipient.lower(), event.amount) == (money, recipient, HELD)


def test_payment_is_refused_when_there_is_too_little(vault, money, boss, grantee):
    with ape.reverts(vault.MoreThanAvailable, token=money, amount=HELD + 1, available=HELD):
        vault.pay(money, grantee, HELD + 1, sender=boss)
    with ape.reverts(vault.AmountIsZero):
        vault.pay(money, grantee, 0, sender=boss)


def test_nobody_spends_without_the_role(vault, money, grantee, stranger):
    for call in (
        lambda: vault.pay(money, grantee, 1, sender=stranger),
        lambda: vault.openStream(terms(money, grantee), sender=stranger),
        lambda: vault.stopStream(1, sender=stranger),
    ):
        with ape.reverts(vault.AccessManagedUnauthorized):
            call()


def test_money_is_not_sent_where_it_would_be_lost(vault, pha, boss, grantee, travel_to):
    for recipient in (ETHER, vault.address, pha.address):
        with ape.reverts(vault.RecipientRefused, recipient=recipient):
            vault.pay(pha, recipient, 1, sender=boss)
        with ape.reverts(vault.RecipientRefused, recipient=recipient):
            vault.openStream(terms(pha.address, recipient), sender=boss)
    vault.openStream(terms(pha.address, grantee), sender=boss)
    travel_to(START + 50)
    for recipient in (ETHER, vault.address, pha.address):
        with ape.reverts(vault.RecipientRefused, recipient=recipient):
            vault.withdraw(1, recipient, sender=grantee)


def test_stream_earns_in_a_straight_line(vault, money, boss, grantee, travel_to, balance):
    vault.openStream(terms(money, grantee, amount=1001, duration=1000), sender=boss)
    for second, earned in ((START - 1, 0), (START, 0), (START + 1, 1), (START + 499, 499), (START + 500, 500)):
        travel_to(second)
        assert (vault.earned(1), vault.withdrawable(1)) == (earned, earned)
    for second in (START + 1000, START + 10**6):
        travel_to(second)
        assert vault.earned(1) == 1001
    vault.withdraw(1, "0x" + "ab" * 20, sender=grantee)
    assert balance("0x" + "ab" * 20) == 1001
    with ape.reverts(vault.NothingEarned, id=1):
        vault.withdraw(1, grantee, sender=grantee)


def test_stream_begun_in_the_past_has_earned_at_once(vault, money, boss, grantee, chain):
    chain.pending_timestamp = START
    vault.openStream(terms(money, grantee, start=START - 30, duration=100), sender=boss)
    assert vault.earned(1) == 300


def test_drawing_in_parts_gives_the_same_to_the_last_unit(vault, money, boss, grantee, chain, balance):
    """Odd amounts and seconds: roundings neither add up nor get lost."""
    other = "0x" + "ab" * 20
    vault.openStream(terms(money, grantee, amount=9_973, duration=7_919), sender=boss)
    for second in (1, 2, 5, 1_000, 1_001, 7_918, 7_919, 9_000):
        chain.pending_timestamp = START + second
        try:
            vault.withdraw(1, other, sender=grantee)
        except ape.exceptions.ContractLogicError:
            assert second == 9_000
        assert balance(other) == min(9_973 * second // 7_919, 9_973)
        assert vault.committed(money) == 9_973 - balance(other)


def test_only_the_recipient_draws(vault, money, boss, grantee, stranger, travel_to):
    vault.openStream(terms(money, grantee), sender=boss)
    travel_to(START + 50)
    for caller in (stranger, boss):
        with ape.reverts(vault.NotTheRecipient, id=1, caller=caller):
            vault.withdraw(1, caller, sender=caller)


def test_what_is_set_aside_serves_nothing_else(vault, money, boss, grantee, travel_to):
    vault.openStream(terms(money, grantee, amount=HELD - 10), sender=boss)
    assert (vault.committed(money), vault.available(money)) == (HELD - 10, 10)
    with ape.reverts(vault.MoreThanAvailable, amount=11, available=10):
        vault.pay(money, grantee, 11, sender=boss)
    with ape.reverts(vault.MoreThanAvailable, amount=11, available=10):
        vault.openStream(terms(money, grantee, amount=11), sender=boss)
    vault.pay(money, grantee, 10, sender=boss)
    travel_to(START + 100)
    vault.withdraw(1, grantee, sender=grantee)
    assert (vault.committed(money), vault.available(money)) == (0, 0)


def test_stopped_stream_pays_what_was_earned(vault, money, boss, grantee, chain, travel_to, balance):
    other = "0x" + "ab" * 20
    vault.openStream(terms(money, grantee), sender=boss)
    chain.pending_timestamp = START + 20
    vault.withdraw(1, other, sender=grantee)
    chain.pending_timestamp = START + 35
    receipt = vault.stopStream(1, sender=boss)
    (event,) = receipt.decode_logs(vault.StreamStopped)
    assert (event.earned, event.freed) == (350, 650)
    assert vault.available(money) == HELD - 350
    vault.pay(money, grantee, HELD - 350, sender=boss)  # all that is free again
    travel_to(START + 10**6)
    assert (vault.earned(1), vault.withdrawable(1)) == (350, 150)
    vault.withdraw(1, other, sender=grantee)
    assert balance(other) == 350
    assert balance(vault) == vault.committed(money) == 0
    with ape.reverts(vault.StreamEnded, id=1):
        vault.stopStream(1, sender=boss)


def test_stream_stopped_before_its_start_pays_nothing(vault, money, boss, grantee, travel_to):
    vault.openStream(terms(money, grantee), sender=boss)
    vault.stopStream(1, sender=boss)
    travel_to(START + 100)
    assert vault.earned(1) == vault.committed(money) == 0
    with ape.reverts(vault.NothingEarned):
        vault.withdraw(1, grantee, sender=grantee)


def test_stream_that_has_earned_all_cannot_be_stopped(vault, money, boss, grantee, chain):
    vault.openStream(terms(money, grantee), sender=boss)
    chain.pending_timestamp = START + 100
    with ape.reverts(vault.StreamEnded, id=1):
        vault.stopStream(1, sender=boss)


@pytest.mark.parametrize(
    ("start", "duration"), [(START, 0), (START + 10 * 365 * DAY, DAY), (2**40 - 1, 1), (0, 2**40 - 1)]
)
def test_stream_is_refused_when_its_times_are_no_plan(vault, pha, boss, grantee, chain, start, duration):
    chain.pending_timestamp = START
    with ape.reverts(vault.StreamTimesRefused, start=start, duration=duration):
        vault.openStream(terms(pha.address, grantee, start=start, duration=duration), sender=boss)


def test_unknown_stream_is_refused(vault, boss, stranger):
    for call in (vault.earned, vault.withdrawable, vault.streamOf):
        with ape.reverts(vault.StreamUnknown, id=7):
            call(7)
    with ape.reverts(vault.StreamUnknown, id=7):
        vault.stopStream(7, sender=boss)
    with ape.reverts(vault.NotTheRecipient):
        vault.withdraw(7, stranger, sender=stranger)


def test_one_tokens_streams_do_not_touch_anothers_money(project, vault, pha, boss, grantee, deployer):
    deployer.transfer(vault, 500)
    vault.openStream(terms(ETHER, grantee, amount=400), sender=boss)
    assert (vault.available(ETHER), vault.available(pha)) == (100, HELD)
    assert (vault.committed(ETHER), vault.committed(pha)) == (400, 0)


def test_token_that_calls_back_draws_nothing_twice(project, vault, boss, grantee, deployer, chain):
    token = deployer.deploy(project.MockCallbackToken)
    token.mint(vault, HELD, sender=deployer)
    vault.openStream(terms(token.address, grantee), sender=boss)
    token.setCall(vault, vault.withdraw.encode_input(1, grantee), sender=deployer)
    chain.pending_timestamp = START + 50
    vault.withdraw(1, grantee, sender=grantee)
    assert token.callSucceeded() is False
    assert token.callAnswer() == keccak(text="ReentrancyGuardReentrantCall()")[:4]
    assert (token.balanceOf(grantee), vault.committed(token)) == (500, 500)


def test_recipient_that_takes_no_ether_can_have_it_sent_elsewhere(
    vault, pha, boss, grantee, deployer, travel_to, chain
):
    other = "0x" + "ab" * 20
    deployer.transfer(vault, HELD)
    with pytest.raises(ape.exceptions.VirtualMachineError):
        vault.pay(ETHER, pha, 1, sender=boss)
    vault.openStream(terms(ETHER, grantee), sender=boss)
    travel_to(START + 100)
    with pytest.raises(ape.exceptions.VirtualMachineError):
        vault.withdraw(1, pha, sender=grantee)
    vault.withdraw(1, other, sender=grantee)
    assert chain.provider.get_balance(other) == 1000
