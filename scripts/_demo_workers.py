# SPDX-License-Identifier: Apache-2.0
"""The demo's second part: workers attest, a vendor publishes a recovery, and verdicts age by themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import ape
from eth_account import Account
from eth_account.signers.local import LocalAccount
from rich.console import Console
from rich.table import Table
from web3.exceptions import ContractCustomError

from pha.attestation.amd import generator as amd_generator
from pha.attestation.amd.product import Product
from pha.attestation.intel.generator import build
from pha.attestation.nvidia import generator as nvidia_generator
from scripts._attest_workers import standings_of
from scripts._claim_sending import reason_name
from scripts._demo_vendors import GpuMachine, IntelMachine, Machine, OnChain, SnpMachine, Vendors

DAY = 86_400
WORST_CONFIDENCE = 4  # out of date is 5
UP_TO_DATE = 1
ALL_BITS = b"\xff" * 16
NO_MODEL = bytes(32)

console = Console(width=140)


class WorkersError(Exception):
    """A worker stands otherwise than it must."""


def attest_workers(suite, vendors: Vendors, sender) -> dict[str, tuple[Machine, LocalAccount]]:
    """Register four workers, let Intel publish a recovery, and show who falls and who stays; machines and keys by name.

    Raises:
        WorkersError: anyone's standing is not what the evidence says.
    """
    console.rule("Workers attest: SGX, TDX, SEV-SNP, and TDX with a GPU, under made-up vendors")
    chain_state = OnChain(suite, sender)
    put_collateral(chain_state, vendors)
    console.print(f"anyone may put vendors' collateral in; all of it, proven once: {chain_state.gas:,} gas")

    machines = machines_of(vendors)
    govern(suite, [*rules(suite, machines), *references(suite, machines), *floor(suite, vendors)])
    console.print(
        f"governance accepts {len(machines)} code identities, after the timelock's {timelock_days(suite)} days"
    )

    accounts = {
        machine.name: Account.from_key(bytes([7]) * 31 + bytes([number])) for number, machine in enumerate(machines, 1)
    }
    keys = {name: account.address for name, account in accounts.items()}
    gas = {machine.name: attest(suite, machine, keys[machine.name], sender) for machine in machines}
    show("attested", suite, keys, gas, expected=set(keys))

    console.rule("Intel publishes a TCB recovery")
    moved = chain_state.gas
    chain_state.put_intel(vendors.recovery(now()))
    for name in keys:
        observe(suite, keys[name], sender)
    console.print(f"put in by anyone, {chain_state.gas - moved:,} gas; TDX platforms need new microcode")
    show("within the grace period", suite, keys, {}, expected=set(keys))
    patched = next(machine for machine in machines if machine.model)
    gas = {patched.name: attest(suite, patched, keys[patched.name], sender)}
    outdated = next(machine for machine in machines if machine.kind == "intel.tdx")
    refusal = refused(suite, outdated, keys[outdated.name], sender)
    console.print(f"{patched.name} was updated in time and attests again; {outdated.name} tries: {refusal}")
    wait(suite.attestation_registry.getParameter(0) + 1)
    show("after it", suite, keys, gas, expected=set(keys) - {outdated.name})
    return {machine.name: (machine, accounts[machine.name]) for machine in machines}


def put_collateral(chain_state: OnChain, vendors: Vendors) -> None:
    for spec in (vendors.sgx, vendors.tdx):
        chain_state.put_intel(build(spec).collateral)
    chain_state.put_amd(amd_generator.build(vendors.snp), Product.MILAN)
    chain_state.put_nvidia(nvidia_generator.build(vendors.gpu).chain, vendors.tables)


def machines_of(vendors: Vendors) -> list:
    return [
        IntelMachine("SGX", vendors.sgx),
        IntelMachine("TDX", vendors.tdx),
        SnpMachine("SEV-SNP", vendors.snp),
        GpuMachine("TDX + H100", vendors.updated_tdx, vendors.gpu, vendors.tables),
    ]


# Governance


def rules(suite, machines) -> list:
    """Calls that accept each machine's code, with exactly the attributes it runs with."""
    registry = suite.attestation_registry
    calls = []
    for machine in machines:
        model = machine.model.encode().ljust(32, b"\0") if machine.model else NO_MODEL
        kind = machine.kind.encode().ljust(32, b"\0")
        most = registry.getParameter(2)
        rule = (
            kind,
            machine.attributes,
            ALL_BITS,
            0,
            WORST_CONFIDENCE,
            len(machine.devices()),
            model,
            most,
            True,
            False,
        )
        calls.append((registry, registry.setRule, (machine.identity, rule, [], [], False, "demo")))
    return calls


def references(suite, machines) -> list:
    """Calls that put in what NVIDIA's driver and VBIOS measure."""
    contract = suite.nvidia_references
    return [
        (contract, contract.putSet, (name, entries, UP_TO_DATE, "demo"))
        for machine in machines
        if machine.model
        for name, entries in machine.references()
    ]


def floor(suite, vendors: Vendors) -> list:
    """The call that demands the TCB which the SNP platform has: without a floor nobody has judged its firmware."""
    tcb = int.from_bytes(vendors.snp.report.current_tcb, "little")
    return [(suite.snp_floors, suite.snp_floors.setFloor, (int(Product.MILAN), (tcb, 0, 0, 0, 0, 0, 0, 0, 0)))]


def govern(suite, calls: list) -> None:
    """What the council does: schedule, wait, execute."""
    council, timelock = ape.accounts.test_accounts[5], suite.timelock
    targets = [contract.address for contract, _, _ in calls]
    payloads = [method.encode_input(*arguments) for _, method, arguments in calls]
    batch = (targets, [0] * len(calls), payloads, bytes(32), bytes(32))
    delay = timelock.getMinDelay()
    timelock.scheduleBatch(*batch, delay, sender=council)
    wait(delay)
    timelock.executeBatch(*batch, sender=council)


def timelock_days(suite) -> int:
    return suite.timelock.getMinDelay() // DAY


# Workers


def attest(suite, machine, key: str, sender) -> int:
    """Make evidence fresh by the newest block and submit it; the gas."""
    return suite.attestation_registry.submit(*submission(suite, machine, key), sender=sender).gas_used


def refused(suite, machine, key: str, sender) -> str:
    """The error that a submission ends with.

    Raises:
        WorkersError: it is accepted.
    """
    registry = suite.attestation_registry
    data = registry.submit.encode_input(*submission(suite, machine, key))
    try:
        ape.chain.provider.web3.eth.call({"from": sender.address, "to": registry.address, "data": data})
    except ContractCustomError as error:
        raw = bytes.fromhex(str(error.data).removeprefix("0x"))
        return f"{reason_name(registry, raw)} ({raw[4:].rstrip(bytes(1)).decode()})"
    raise WorkersError(f"{machine.name} is accepted with what Intel calls out of date")


def submission(suite, machine, key: str) -> tuple:
    web3 = ape.chain.provider.web3
    block = web3.eth.get_block(web3.eth.block_number - 1)
    return machine.submission(suite, ape.chain.chain_id, key, block)


def observe(suite, key: str, sender) -> None:
    """Look whether the vendor's word on what a verdict rests on has moved."""
    registry = suite.attestation_registry
    record = registry.recordOf(key)
    _, ground = registry.termOf(record.term)
    registry.observe(record.serial, ground, sender=sender)


def show(title: str, suite, keys: dict[str, str], gas: dict[str, int], expected: set[str]) -> None:
    """A table of all workers.

    Raises:
        WorkersError: others than the expected are attested.
    """
    table = Table("worker", "key", "kind", "attested", "confidence", "GPUs", "counts until", "gas", title=title)
    attested = set()
    for name, key in keys.items():
        (standing,) = standings_of(suite.attestation_registry, [key])
        if standing.attested:
            attested.add(name)
        gpus = f"{standing.device_count} {standing.device_model}" if standing.device_count else ""
        until = datetime.fromtimestamp(standing.valid_until, UTC).strftime("%Y-%m-%d %H:%M")
        word = "yes" if standing.attested else f"no: {standing.reason}"
        used = f"{gas[name]:,}" if name in gas else ""
        table.add_row(name, f"{key[:10]}…", standing.kind, word, str(standing.confidence), gpus, until, used)
    console.print(table)
    if attested != expected:
        raise WorkersError(f"attested are {sorted(attested)}, and {sorted(expected)} ought to be")


# Time


def now() -> int:
    return int(ape.chain.provider.web3.eth.get_block("latest")["timestamp"])


def wait(seconds: int) -> None:
    """Let that much time pass on the local chain."""
    ape.chain.pending_timestamp = now() + seconds
    ape.chain.mine()
