# SPDX-License-Identifier: Apache-2.0
"""What an application refuses, and that nothing is sent where it does."""

from __future__ import annotations

import json
import re

import pytest

from migrations.connection import ApeSigner
from pha.deployment.engine import survey, verify
from pha.deployment.errors import (
    ChainDiffers,
    JournalCorrupt,
    JournalLocked,
    NonceTaken,
    ParameterMissing,
    SignerChanged,
    StepChanged,
    TransactionRejected,
    TransactionReverted,
    VerificationFailed,
    WrongNetwork,
)
from pha.deployment.journal import MemoryJournal, open_journal, read_journal
from pha.deployment.web3_chain import Web3Chain
from tests.migrations.disturbed_runs import OPERATIONS, Countdown, Killed, OverriddenChain, WatchedChain


def refused(world, error, match=None, **options):
    """Expect a run to be refused with nothing sent; returns the error."""
    watched = WatchedChain(options.pop("chain", world.chain), Countdown())
    nonce = world.chain.nonce(world.account.address)
    with pytest.raises(error, match=match) as caught:
        world.run(chain=watched, **options)
    assert watched.sent == []
    assert world.chain.nonce(world.account.address) == nonce
    assert "\n" not in str(caught.value)
    return caught.value


def begin(world):
    """Apply the first steps, so that there is something to differ from."""
    world.run(until="040")


def send_something(world, accounts, value=0):
    world.account.transfer(accounts[7], value)


def test_apply_is_refused_when_the_chain_id_is_not_the_parameters(world):
    parameters = world.folder / "parameters" / "local.yaml"
    parameters.write_text(parameters.read_text().replace("value: 31337", "value: 31338"))
    refused(world, WrongNetwork, "wrong chain id for local: 31337, but the parameters say 31338")


def test_apply_is_refused_when_the_genesis_is_not_the_parameters(world):
    world.overrides["network.genesis"] = "0x" + "11" * 32
    refused(world, WrongNetwork, "wrong genesis")


def test_apply_is_refused_when_the_genesis_is_not_the_journals(world):
    begin(world)
    refused(world, WrongNetwork, "wrong genesis", chain=OverriddenChain(world.chain, genesis_hash=lambda: "0x00"))


def test_apply_is_refused_when_the_node_changes_its_chain_id_between_transactions(world):
    answers = iter([31337] * 4)
    lying = OverriddenChain(world.chain, chain_id=lambda: next(answers, 1))
    with pytest.raises(WrongNetwork, match="the node turned from chain 31337 to 1"):
        world.run(chain=lying)
    world.run()
    assert len(world.state()["applied"]) == len(OPERATIONS)


def test_apply_is_refused_when_an_applied_step_changed(world):
    begin(world)
    step = world.step("030_l2_pha_token")
    step.write_text(step.read_text() + "# changed\n")
    assert refused(world, ChainDiffers).differences == [
        "030_l2_pha_token was changed after it was applied; restore the file and write a new step instead"
    ]


def test_apply_is_refused_when_an_applied_step_is_gone(world):
    begin(world)
    world.step("040_account_verifiers").unlink()
    assert "its file is gone" in refused(world, ChainDiffers).differences[0]


def test_apply_is_refused_when_a_step_is_put_before_an_applied_one(world):
    begin(world)
    world.step("035_late").write_text('"""Late."""\n\ndef apply(m):\n    pass\n\ndef verify(m):\n    pass\n')
    assert "035_late stands before 040_account_verifiers" in refused(world, ChainDiffers).differences[0]


def test_apply_is_refused_when_parameters_changed_underneath(world):
    begin(world)
    world.overrides["governance.timelock_delay"] = "3 days"
    differences = refused(world, ChainDiffers).differences
    assert differences[0] == (
        'governance.timelock_delay was "2 days" when 010_access was applied and is "3 days" now; '
        "restore it, and change what is deployed by a new step"
    )
    assert "timelock.getMinDelay() is 172800, expected 259200" in differences[1]


def test_apply_goes_on_when_a_parameter_changed_that_no_applied_step_has_read(world):
    begin(world)
    world.overrides["bridge.max_pause"] = "5 days"
    world.run()
    assert len(world.state()["applied"]) == len(OPERATIONS)


def test_apply_is_refused_when_roles_changed_underneath(world):
    world.run()
    roles = world.folder / "roles.yaml"
    roles.write_text(roles.read_text().replace("    id: 1", "    id: 7"))
    assert any("roles.GUARDIAN was" in one for one in refused(world, ChainDiffers).differences)


def test_all_differences_are_reported_at_once(world, chain):
    begin(world)
    contracts = world.state()["contracts"]
    gone = contracts["token"].lower()
    other = contracts["timelock"].lower()

    def code(address):
        if address.lower() == gone:
            return b""
        return world.chain.code(address) + (b"\0" if address.lower() == other else b"")

    step = world.step("040_account_verifiers")
    step.write_text(step.read_text() + "\n")
    world.overrides["governance.timelock_delay"] = "3 days"
    found = refused(world, ChainDiffers, chain=OverriddenChain(world.chain, code=code)).differences
    for part in [
        "040_account_verifiers was changed",
        "governance.timelock_delay was",
        "token (L2PhaToken) has no code at",
        "timelock (PhaTimelock) at",
        "010_access no longer holds",
    ]:
        assert sum(part in one for one in found) == 1, part
    assert len(found) == 5


def test_survey_reports_the_same_and_writes_nothing(world):
    begin(world)
    before = world.path.read_bytes()
    step = world.step("030_l2_pha_token")
    step.write_text(step.read_text() + "# changed\n")
    found = survey(world.chain, MemoryJournal(read_journal(world.path)[0]), world.project())
    assert len(found.differences) == 1
    assert [step.name[:3] for step in found.to_apply] == [number for number in OPERATIONS if number >= "050"]
    assert world.path.read_bytes() == before


def test_verify_reports_what_no_longer_holds(world):
    begin(world)
    journal = MemoryJournal(read_journal(world.path)[0])
    assert verify(world.chain, journal, world.project()) == {
        "010_access": [],
        "030_l2_pha_token": [],
        "040_account_verifiers": [],
    }
    world.overrides["governance.timelock_delay"] = "3 days"
    failures = verify(world.chain, journal, world.project())["010_access"]
    assert failures == ["timelock.getMinDelay() is 172800, expected 259200"]


def test_apply_is_refused_when_the_signer_changed(world, accounts):
    begin(world)
    other = ApeSigner(accounts[6], world.provider)
    refused(world, SignerChanged, f"not by {accounts[6].address}", signer=other)


def test_apply_is_refused_when_a_second_run_holds_the_journal(world):
    begin(world)
    with open_journal(world.path):
        refused(world, JournalLocked, "another run is writing local.jsonl")


def test_apply_is_refused_when_a_needed_parameter_is_null(world):
    del world.overrides["bridge.claim_root"]
    with pytest.raises(ParameterMissing, match=r"local has no bridge\.claim_root yet"):
        world.run()


def test_apply_is_refused_when_the_signer_sent_what_the_journal_does_not_know(world, accounts):
    begin(world)
    send_something(world, accounts)
    error = refused(world, ChainDiffers)
    assert "has sent 1 transactions that the journal does not know" in error.differences[0]
    nonce = world.chain.nonce(world.account.address)
    refused(world, ChainDiffers, accept_nonce=nonce + 1)
    world.run(accept_nonce=nonce)
    assert len(world.state()["applied"]) == len(OPERATIONS)


def test_apply_is_refused_when_the_journal_lost_its_end(world):
    begin(world)
    lines = world.path.read_bytes().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if b'"type":"prepared"' in line)
    world.path.write_bytes(b"".join(lines[:last]))
    assert "restore the journal if it lost its end" in refused(world, ChainDiffers).differences[0]


def test_interrupted_step_is_refused_when_it_asks_for_something_else(world):
    with pytest.raises(Killed):
        world.run(Countdown(6))
    assert [record["type"] for record in world.records()][-2:] == ["prepared", "mined"]
    step = world.step("010_access")
    other = step.read_text().replace("initialAdmin=m.deployer", 'initialAdmin=m.parameter("governance.guardian")')
    step.write_text(other)
    refused(world, StepChanged, "interrupted after operation 1")


def test_interrupted_step_is_refused_when_it_drops_what_is_done(world):
    countdown = Countdown(9)
    with pytest.raises(Killed):
        world.run(countdown)
    assert [record["type"] for record in world.records()].count("prepared") == 2
    step = world.step("010_access")
    step.write_text(re.sub(r'    m\.deploy\(\n        "timelock".*?\n    \)\n', "", step.read_text(), flags=re.S))
    with pytest.raises(StepChanged, match="no longer asks for operation 2"):
        world.run()


def test_step_does_not_count_when_it_does_not_verify(world):
    step = world.step("040_account_verifiers")
    good = step.read_text()
    step.write_text(good.replace("nobody, False", "nobody, True"))
    with pytest.raises(VerificationFailed, match="040_account_verifiers does not verify: verdict of"):
        world.run()
    assert world.state()["applied"] == ["010_access", "030_l2_pha_token"]
    step.write_text(good)
    world.run()
    assert len(world.state()["mined"]) == sum(OPERATIONS.values())


def test_reverted_transaction_is_named_and_sent_anew_when_the_cause_is_mended(world):
    """The estimate is made to lie, so that the transaction is sent and runs out of gas on the chain."""
    starving = OverriddenChain(world.chain, estimate_gas=lambda *_: 400_000 if starved() else real(*_))
    real, calls = world.chain.estimate_gas, []

    def starved():
        calls.append(1)
        return len(calls) == 3

    with pytest.raises(TransactionReverted, match=r"deploy token \(L2PhaToken\) of 030_l2_pha_token reverted in block"):
        world.run(chain=starving)
    assert [record["type"] for record in world.records()][-1] == "reverted"
    world.run()
    state = world.state()
    assert len(state["mined"]) == sum(OPERATIONS.values())
    assert len(state["applied"]) == len(OPERATIONS)


def test_nonce_used_by_something_else_is_named_and_the_operation_sent_anew_when_abandoned(world, accounts):
    def dies(raw):
        raise Killed

    with pytest.raises(Killed):
        world.run(chain=OverriddenChain(world.chain, send_raw=dies))
    lost = world.records()[-1]["hash"]
    with pytest.raises(TransactionRejected, match="can still be mined"):
        world.run(abandon=lost)
    send_something(world, accounts)
    error = refused(world, ChainDiffers)
    assert "can never be mined: something else used its nonce" in error.differences[0]
    world.run(abandon=lost)
    assert len(world.state()["mined"]) == sum(OPERATIONS.values())


def test_nonce_taken_while_waiting_is_named(world, accounts):
    def replaced(raw):
        send_something(world, accounts)

    with pytest.raises(NonceTaken, match="something else used its nonce"):
        world.run(chain=OverriddenChain(world.chain, send_raw=replaced))


def test_refused_transaction_is_sent_again_unchanged_when_the_node_takes_it(world):
    def refuses(raw):
        raise TransactionRejected("insufficient funds")

    with pytest.raises(TransactionRejected, match=r"the node refused deploy access_manager.*insufficient funds"):
        world.run(chain=OverriddenChain(world.chain, send_raw=refuses))
    raw = world.records()[-1]["raw"]
    watched = WatchedChain(world.chain, Countdown())
    world.run(chain=watched)
    assert "0x" + watched.sent[0].hex() == raw


def test_vanished_transactions_are_sent_again_after_a_reorganisation(world, chain):
    world.run(until="010")
    mark = chain.snapshot()
    world.run(until="040")
    before = world.state()
    chain.restore(mark)
    chain.mine(1)
    found = survey(world.chain, MemoryJournal(read_journal(world.path)[0]), world.project())
    assert [one.split(" of ")[0] for one in found.differences] == [
        "deploy token (L2PhaToken)",
        "deploy edwards25519_low_table (Edwards25519BaseTable)",
        "deploy edwards25519_high_table (Edwards25519BaseTable)",
        "deploy ed25519_verifier (Ed25519AccountVerifier)",
        "deploy sr25519_verifier (Sr25519AccountVerifier)",
        "deploy secp256k1_verifier (Secp256k1AccountVerifier)",
        "deploy multisig_verifier (MultisigAccountVerifier)",
        "deploy proxy_verifier (ProxyAccountVerifier)",
    ]
    world.run(until="040")
    after = world.state()
    assert after == before
    assert [record["type"] for record in world.records()].count("vanished") == 8
    world.run()
    assert len(world.state()["mined"]) == sum(OPERATIONS.values())


def corrupt_line(world, number, change):
    lines = world.path.read_bytes().splitlines(keepends=True)
    lines[number] = change(lines[number])
    world.path.write_bytes(b"".join(lines))


def reseal(line):
    """An edit whose own seal fits, as a careful forger makes it."""
    from pha.deployment.journal import canonical, seal

    record = json.loads(line)
    body = {key: value for key, value in record.items() if key not in ("seq", "prev", "seal")}
    body["note"] = "edited"
    return (canonical(seal(body, record["seq"], record["prev"])) + "\n").encode()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda line: line[: len(line) // 2] + b"\n", id="cut with a newline"),
        pytest.param(lambda line: line[: len(line) // 2], id="cut and run into the next"),
        pytest.param(lambda _: b"", id="removed"),
        pytest.param(lambda line: line + line, id="repeated"),
        pytest.param(lambda line: line.replace(b'"type"', b'"kind"'), id="without a type"),
        pytest.param(lambda line: line.replace(b"{", b'{"seq":3,', 1), id="key repeated"),
        pytest.param(lambda line: line.replace(b":", b": ", 1), id="spaced"),
        pytest.param(lambda _: b"\0" * 40 + b"\n", id="zeros"),
        pytest.param(lambda _: b"[" * 100_000 + b"\n", id="nested"),
        pytest.param(lambda _: b"\n", id="empty"),
        pytest.param(reseal, id="edited and resealed"),
    ],
)
def test_journal_is_refused_when_a_line_is_corrupt(world, change):
    begin(world)
    corrupt_line(world, 3, change)
    before = world.path.read_bytes()
    refused(world, JournalCorrupt, "restore the journal from version control")
    assert world.path.read_bytes() == before


def test_journal_is_refused_when_its_last_line_was_edited(world):
    begin(world)
    corrupt_line(world, -1, lambda line: line.replace(b"040_account_verifiers", b"080_migration_bridge"))
    refused(world, JournalCorrupt, "was edited")


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_cut_last_line_is_dropped_and_its_text_kept(world, cut):
    begin(world)
    whole = world.path.read_bytes()
    world.path.write_bytes(whole[:-cut])
    records, torn = read_journal(world.path)
    last = whole.splitlines()[-1].decode()
    assert torn == last[: len(last) + 1 - cut]
    assert len(records) == len(whole.splitlines()) - 1
    world.run()
    kept = [record["fragment"] for record in world.records() if record["type"] == "torn"]
    assert kept == [torn]
    assert len(world.state()["mined"]) == sum(OPERATIONS.values())


def test_node_that_does_not_answer_is_named():
    from web3 import Web3

    from pha.deployment.errors import ChainUnavailable

    with pytest.raises(ChainUnavailable, match="the node did not answer"):
        Web3Chain(Web3(Web3.HTTPProvider("http://127.0.0.1:9"))).chain_id()
