# SPDX-License-Identifier: Apache-2.0
"""A plan shows what an application would do and sends nothing."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest
from eth_account import Account
from web3 import Web3

from migrations.connection import snapshot_of
from pha.deployment.engine import apply
from pha.deployment.errors import ChainUnavailable, StepInvalid
from pha.deployment.journal import MemoryJournal, read_journal
from pha.deployment.rehearsal import ImpersonatingSigner, fork_of, rehearse
from pha.deployment.web3_chain import KeySigner, Web3Chain
from tests.migrations.disturbed_runs import OPERATIONS, World


@pytest.fixture(scope="module")
def public_node():
    """Another anvil, in the place of a public network's node; yields its URL."""
    if shutil.which("anvil") is None:
        pytest.skip("needs anvil on the path")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(["anvil", "--silent", "--port", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            if Web3(Web3.HTTPProvider(url)).is_connected():
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def poor():
    """A deployer without any ether yet."""
    return Account.create()


def numbers(chain: Web3Chain, address: str) -> tuple:
    head = chain.block_number()
    return chain.nonce(address), chain.balance(address), head, chain.block_hash(head)


def test_plan_sends_nothing_to_a_public_network(world: World, public_node, poor):
    chain = Web3Chain(Web3(Web3.HTTPProvider(public_node)))
    before = numbers(chain, poor.address)
    journal = MemoryJournal()
    with fork_of(public_node, poor.address) as fork:
        operations = rehearse(fork, ImpersonatingSigner(poor.address), journal, world.project())
    assert numbers(chain, poor.address) == before == (0, 0, *before[2:])
    assert journal.records == []
    assert len(operations) == sum(OPERATIONS.values())
    assert all(one.gas_limit >= one.gas_used > 21_000 for one in operations)
    assert {one.signer for one in operations} == {poor.address}
    assert operations[0].title == "deploy access_manager (PhaAccessManager)"
    assert operations[0].arguments == {"initialAdmin": poor.address}
    assert operations[-1].arguments == {"roleId": "0", "callerConfirmation": poor.address}


def test_plan_goes_on_from_the_journal_and_foretells_what_apply_does(world: World, public_node):
    web3 = Web3(Web3.HTTPProvider(public_node))
    chain, owner = Web3Chain(web3), Account.create()
    web3.provider.make_request("anvil_setBalance", [owner.address, hex(10**20)])
    journal = MemoryJournal()
    apply(chain, KeySigner(owner), journal, world.project(), until="030")
    before, lines = numbers(chain, owner.address), len(journal.records)
    with fork_of(public_node, owner.address) as fork:
        operations = rehearse(fork, ImpersonatingSigner(owner.address), journal, world.project())
    assert (numbers(chain, owner.address), len(journal.records)) == (before, lines)
    wanted = {number: count for number, count in OPERATIONS.items() if number > "030"}
    assert [one.step[:3] for one in operations] == [step for step, count in wanted.items() for _ in range(count)]

    ledger = apply(chain, KeySigner(owner), journal, world.project())
    sent = ledger.transactions[3:]
    assert [(one.title, one.address) for one in sent] == [(one.title, one.address) for one in operations]
    for done, planned in zip(sent, operations, strict=True):
        assert (
            abs(done.gas_used - planned.gas_used) < 3_000
        )  # the clock (a grant's date is written only if new), zero bytes


def test_plan_sends_nothing_to_a_local_chain(world: World, chain, project):
    before = numbers(world.chain, world.account.address)
    with snapshot_of(chain):
        operations = rehearse(world.chain, world.signer, MemoryJournal(), world.project())
    assert numbers(world.chain, world.account.address) == before
    assert len(operations) == sum(OPERATIONS.values())
    assert read_journal(world.path) == ([], None)


def test_plan_ends_where_it_is_told(world: World, chain):
    with snapshot_of(chain):
        operations = rehearse(world.chain, world.signer, MemoryJournal(), world.project(), until="010")
    assert [one.step for one in operations] == ["010_access"] * 2
    with pytest.raises(StepInvalid, match="there is no step 015"):
        rehearse(world.chain, world.signer, MemoryJournal(), world.project(), until="015")


def test_fork_is_refused_when_there_is_no_node():
    with (
        pytest.raises(ChainUnavailable, match="could not fork"),
        fork_of("http://127.0.0.1:9", "0x" + "11" * 20),
    ):
        pass
