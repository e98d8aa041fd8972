# SPDX-License-Identifier: Apache-2.0
"""From a state with vesting to a holder's wallet, by the rule: carried over or released, to the last unit."""

from __future__ import annotations

import io
import json
import struct

import pytest

from pha.bridge.bundles import Snapshot, write_snapshot
from pha.bridge.chain_state import ChainState, load_chain_state
from pha.bridge.claim import Scheme
from pha.bridge.ledger import native_ledger
from pha.bridge.ledger_rules import LedgerRules, VestingRule
from pha.bridge.sample import STATE_PATH
from pha.bridge.sample.keys import sample_key
from pha.bridge.ss58 import encode_ss58
from pha.bridge.vesting_claim import VestingBundle
from scripts import claim as commands
from tests.reference.bridge_setup import DAY, SCALE, World
from tests.reference.claims import Estate, Holder
from tests.reference.staking_world import VESTING, blake2, u128, vector

NUMBER = bytes.fromhex("26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac")
RECIPIENT = f"0x{0xFADE:040x}"
KEY = sample_key(Scheme.SECP256K1, 2)
BLOCK, NOW = 1_234_567, 1_700_000_000
CARRIED = (5 * 10**12, 7)


def snapshot_under(rule, folder):
    """The sample's state with two schedules of one key's account, built under a rule."""
    state = load_chain_state(STATE_PATH)
    assert dict(state.pairs)[NUMBER] == struct.pack("<I", BLOCK)
    schedules = [
        u128(10 * 10**12) + u128(10**9) + struct.pack("<I", BLOCK - 5000),  # half of it is free already
        u128(CARRIED[1]) + u128(1) + struct.pack("<I", BLOCK + 100),
    ]
    entry = {bytes.fromhex(VESTING) + blake2(KEY.account): vector(schedules)}
    pairs = sorted((dict(state.pairs) | entry).items())
    rules = LedgerRules(vesting=rule, seconds_per_block=12)
    write_snapshot(folder, state.manifest, native_ledger(ChainState(state.manifest, pairs), rules=rules))
    return Snapshot.open(folder)


@pytest.fixture(scope="module")
def world(project, chain, deployer, guardian, treasury):
    return World.deploy(project, chain, deployer, guardian, treasury, Estate([Holder(1)], [(1, 0)]))


def test_rule_wallet_splits_what_is_owed_and_pays_both_parts(world, chain, accounts, tmp_path, capsys):
    released = snapshot_under(VestingRule.RELEASE, tmp_path / "released")
    snapshot = snapshot_under(VestingRule.WALLET, tmp_path / "wallet")
    assert released.index["vesting"] is None
    tree = snapshot.index["vesting"]
    assert int(tree["total"]) == sum(CARRIED)
    assert snapshot.total + sum(CARRIED) == released.total
    assert snapshot.bundle(KEY.account).free + sum(CARRIED) == released.bundle(KEY.account).free

    configuration = (
        world.token,
        world.treasury,
        bytes.fromhex(tree["root"][2:]),
        int(tree["total"]),
        chain.blocks.head.timestamp + 365 * DAY,
        [(2, world.verifier)],
    )
    contract = world.deployer.deploy(world.project.VestingClaims, configuration)
    world.token.mint(contract, sum(CARRIED) * SCALE, sender=world.deployer)
    contract.open(sender=world.deployer)

    address = encode_ss58(KEY.account, 42)
    arguments = (address, snapshot.folder, contract.address, RECIPIENT)
    commands.cli.commands["vesting"].callback(*arguments, signature=None, account=None)
    sentence = capsys.readouterr().out.splitlines()[-1].strip()
    assert sentence == f"PHA to {RECIPIENT} by {contract.address.lower()} on {chain.chain_id}"
    for expected in ("into 0x", "was paid before"):
        signature = io.StringIO(KEY.sign(sentence.encode()).hex())
        commands.cli.commands["vesting"].callback(*arguments, signature=signature, account=accounts[3])
        assert capsys.readouterr().out.count(expected) == 2
    assert contract.totalPaid() == sum(CARRIED) * SCALE
    assert world.token.balanceOf(contract) == 0
    lines = [VestingBundle.from_json(line) for line in (snapshot.folder / "vesting.jsonl").open()]
    by_number = {bundle.leaf.number: bundle.leaf for bundle in lines}
    assert [by_number[number].amount for number in (0, 1)] == list(CARRIED)
    assert (by_number[0].start, by_number[0].duration) == (NOW, 5000 * 12)
    assert (by_number[1].start, by_number[1].duration) == (NOW + 1200, 7 * 12)


def test_altered_vesting_bundle_is_refused(tmp_path):
    snapshot = snapshot_under(VestingRule.WALLET, tmp_path / "out")
    line = (snapshot.folder / "vesting.jsonl").read_text().splitlines()[0]
    VestingBundle.from_json(line)
    for field, value in {"amount": "8", "start": 1, "duration": 2, "number": 5, "index": 3, "root": "0x00"}.items():
        with pytest.raises(ValueError, match=r"write the snapshot again|does not lead"):
            VestingBundle.from_json(json.dumps(json.loads(line) | {field: value}))
