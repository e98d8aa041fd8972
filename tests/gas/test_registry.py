# SPDX-License-Identifier: Apache-2.0
"""Gas of the attestation registry on made-up evidence of real size.

What a verdict costs to keep is the difference between a submission and the verifier's own call with the same evidence,
whole transactions both. The chain is put to a fixed time, so that dates, and with them signatures and calldata, are the
same on every run; challenges are block hashes and are not, so keys and challenges are of a length without zeros on
average and figures may differ by a few zero bytes, which is why those are taken out of them.
"""

from __future__ import annotations

import pytest

from pha.attestation.intel.generator import Kind
from tests.unit.attestation_registry.registry_world import RegistryWorld, worker_key

COLD_LIMIT = 12_000
NEW_LIMIT = 120_000
RENEWAL_LIMIT = 45_000


@pytest.fixture(scope="module")
def world(project, chain, deployer):
    world = RegistryWorld(project, chain, deployer)
    for spec in world.specs.values():
        world.accept(spec)
    return world


@pytest.fixture(scope="module")
def meter(project, deployer):
    return deployer.deploy(project.MockCallMeter)


@pytest.mark.parametrize("kind", [Kind.SGX_V3, Kind.TDX_V5], ids=lambda kind: kind.value)
def test_keeping_a_verdict(world, deployer, record_gas, kind):
    verifier = world.intel.tdx if kind.is_tdx else world.intel.sgx
    world.attest(worker_key(1), kind)
    first = world.submission(worker_key(2), kind, pck_known=True)
    bare = verifier.verify(first["evidence"], 0, sender=deployer)
    new = world.registry.submit(*first.values(), sender=deployer)
    again = world.submission(worker_key(2), kind, pck_known=True)
    renewal = world.registry.submit(*again.values(), sender=deployer)
    print(kind, bare.gas_used, new.gas_used, renewal.gas_used, new.gas_used - bare.gas_used, renewal.gas_used - bare.gas_used)


def test_is_attested(world, meter, record_gas):
    world.attest(worker_key(1))
    data = world.registry.isAttested.encode_input(worker_key(1))
    succeeded, answer, gas = meter.measure(world.registry, data)
    print(gas)


def test_profile(world, deployer):
    world.attest(worker_key(1))
    world.attest(worker_key(2), pck_known=True)
    again = world.submission(worker_key(2), pck_known=True)
    trace = world.chain.provider.make_request("debug_traceCall", [{"from": deployer.address, "to": world.registry.address, "data": "0x" + world.registry.submit.encode_input(*again.values()).hex().removeprefix("0x"), "gas": hex(16000000)}, "latest", {"disableMemory": True, "disableStack": False, "disableStorage": True}])
    from collections import Counter
    stack = [("registry", 0)]
    names = {c.address.lower(): n for n, c in (("registry", world.registry), ("sgx_reader", world.sgx_reader), ("verifier", world.intel.sgx), ("certs", world.intel.certificates), ("coll", world.intel.collateral))}
    logs = trace["structLogs"]
    who = ["registry"]
    self_gas = Counter(); ops = Counter()
    for i, log in enumerate(logs):
        d = log["depth"]
        while len(who) > d: who.pop()
        cost = log["gasCost"]
        nxt = logs[i+1] if i + 1 < len(logs) else None
        cost = log["gas"] - nxt["gas"] if nxt and nxt["depth"] == d else cost
        if log["op"] in ("CALL", "STATICCALL"):
            target = "0x" + log["stack"][-2].removeprefix("0x")[-40:].rjust(40, "0")
            if nxt["depth"] > d:
                who.append(names.get(target, target))
                # cost: to be computed from gas before and after the call
                j = i + 1
                while j < len(logs) and logs[j]["depth"] > d: j += 1
                end = logs[j]["gas"]
                inner_start, inner_end = nxt["gas"], logs[j-1]["gas"] - logs[j-1]["gasCost"]
                cost = (log["gas"] - end) - (inner_start - inner_end)
                owner = who[-2]
            else:
                owner = who[-1]
        else:
            owner = who[-1]
        self_gas[owner] += cost
        ops[(owner, log["op"])] += cost
    print(self_gas, trace.get('gas'))
    for name in ("registry", "sgx_reader", "verifier", "certs", "coll"):
        print(name, [(o, c) for (n, o), c in ops.most_common() if n == name][:14])
    sl = [(who, log["op"]) for log in logs if log["op"] == "SLOAD"]
