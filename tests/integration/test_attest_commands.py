# SPDX-License-Identifier: Apache-2.0
"""`ape run attest` for workers in the registry, from the challenge to the warning; with a dstack guest to the keys."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace

import click
import pytest
from eth_utils import to_canonical_address

from pha.attestation.dstack.boot import device_id, read_boot
from pha.attestation.dstack.event_log import compact_log, parse_event_log
from pha.attestation.intel.calldata import trimmed
from pha.attestation.intel.generator import Kind
from pha.attestation.registry import tdx_proven_identity
from scripts import attest
from tests.unit.attestation_dstack.guest import REAL
from tests.unit.attestation_registry.registry_world import DAY, PARAMETERS, RegistryWorld, worker_key

GUEST = REAL["with_instance"]


@pytest.fixture(scope="module")
def world(project, chain, deployer):
    """A registry that reads event logs of dstack guests, and accepts the good enclave."""
    if chain.provider.name != "foundry":
        pytest.skip("P-256 signatures in Solidity take a Python EVM too long, and no command depends on the EVM")
    world = RegistryWorld(project, chain, deployer)
    world.event_log = deployer.deploy(project.DstackEventLog)
    world.tdx_reader = deployer.deploy(project.TdxReader, world.intel.tdx, world.event_log)
    readers = [world.sgx_reader, world.tdx_reader]
    world.registry = deployer.deploy(project.AttestationRegistry, world.manager, PARAMETERS, readers)
    world.accept(world.specs[Kind.SGX_V3])
    return world


@pytest.fixture
def run(world, capsys):
    """Callable `(command, *arguments, **options)`: what a command prints on either stream."""

    def run(name, *arguments, group=attest.cli, **options):
        command = group.commands[name]
        context = click.Context(command)
        wanted = [
            option for option in command.params if option.expose_value and option.name not in ("account", "network")
        ]
        given = {option.name: option.get_default(context) for option in wanted}
        given |= {option.name: () for option in wanted if getattr(option, "multiple", False)}
        names = [one.name for one in command.params if isinstance(one, click.Argument)]
        given |= dict(zip(names, arguments, strict=False)) | {"registry_address": world.registry.address} | options
        capsys.readouterr()
        try:
            command.callback(**given)
        finally:
            run.printed = capsys.readouterr()
        return run.printed.out

    return run


@pytest.fixture
def guest(world):
    """The spec of a TD that measured what a real dstack guest did."""
    spec = world.specs[Kind.TDX_V5]
    rtmrs = [bytes.fromhex(one) for one in GUEST["rtmrs"]]
    names = dict(zip(("rt_mr0", "rt_mr1", "rt_mr2", "rt_mr3"), rtmrs, strict=True))
    return replace(spec, body=replace(spec.body, mr_td=bytes.fromhex(GUEST["mrtd"]), **names))


def submit(world, run, tmp_path, key, spec, identity, **options):
    """A worker's way: ask for the challenge, make a quote, submit it."""
    asked = json.loads(run("challenge", key=key, identity="0x" + identity.hex(), as_machine=True))
    data = bytes.fromhex(asked["report_data"][2:])
    quote = world.evidence(spec, data[:32], data[32:]).quote
    file = tmp_path / "quote"
    file.write_bytes(quote)
    told = run(
        "submit",
        file,
        key=key,
        identity=identity.hex(),
        challenge_block=asked["block"],
        account=world.sender,
        **({"event_log": None} | options),
    )
    return told, asked, quote


def test_a_worker_is_attested_with_what_challenge_tells(world, run, tmp_path):
    key, spec = worker_key(1), world.specs[Kind.SGX_V3]
    told, asked, _ = submit(world, run, tmp_path, key, spec, world.identity(spec))
    assert f"{key} is attested as intel.sgx, level 1" in told
    assert world.registry.isAttested(key)
    assert bytes.fromhex(asked["challenge"][2:]) == world.challenge_of({"challengeBlock": asked["block"]}).hash


def test_challenge_tells_the_registrys_statement(world, run):
    key, identity = worker_key(2), b"\x05" * 32
    lines = dict(line.rsplit(None, 1) for line in run("challenge", key=key, identity=identity.hex()).splitlines())
    challenge = bytes.fromhex(lines["challenge"][2:])
    expected = world.registry.holderStatement(key, challenge, identity, bytes(32))
    assert bytes.fromhex(lines["report data"][2:]) == bytes(expected) + bytes(32)


def test_challenge_with_gpus_has_their_nonce_in_the_second_half(world, run):
    key, identity, gpus = worker_key(2), b"\x05" * 32, [b"\x01" * 32, b"\x02" * 32]
    given = [gpu.hex() for gpu in gpus]
    asked = json.loads(run("challenge", key=key, identity=identity.hex(), devices=given, as_machine=True))
    challenge, data = (bytes.fromhex(asked[name][2:]) for name in ("challenge", "report_data"))
    devices = hashlib.sha256(b"".join(gpus)).digest()
    assert data[:32] == bytes(world.registry.holderStatement(key, challenge, identity, devices))
    assert data[32:] == hashlib.sha256(b"pha.composite.gpu-nonce.v1" + data[:32] + challenge).digest()


@pytest.mark.parametrize(
    ("option", "value"), [("key", "0x12"), ("identity", "0x12"), ("identity", "zz"), ("devices", ["00" * 31])]
)
def test_challenge_refuses_what_is_no_such_thing(run, option, value):
    with pytest.raises(click.BadParameter):
        run("challenge", **({"key": worker_key(2), "identity": "05" * 32} | {option: value}))


def test_status_is_a_table_of_all_workers_the_first_to_end_first(world, run, tmp_path):
    spec = world.specs[Kind.SGX_V3]
    world.accept(spec, max_age_hours=240)  # so that it is the age that ends them
    submit(world, run, tmp_path, worker_key(3), spec, world.identity(spec))
    world.pass_time(60)
    submit(world, run, tmp_path, worker_key(4), spec, world.identity(spec))
    lines = [line for line in run("status").splitlines() if "0x" in line]
    assert [worker_key(3) in lines[0], worker_key(4) in lines[1]] == [True, True]
    assert "good" in lines[0]
    assert "10 d" in lines[1]
    assert run.printed.err == ""


def test_status_is_json_for_machines_and_of_the_workers_given(world, run, tmp_path):
    key, spec = worker_key(5), world.specs[Kind.SGX_V3]
    submit(world, run, tmp_path, key, spec, world.identity(spec))
    unknown = worker_key(6)
    answer = json.loads(run("status", keys=(key, unknown), as_machine=True))
    first, second = answer["workers"]
    standing = world.registry.standingOf(key)
    assert (first["key"], first["attested"], first["valid_until"]) == (key, True, standing.validUntil)
    assert first["seconds_left"] == standing.validUntil - world.now() > 0
    assert (first["kind"], first["concern"], first["reason"]) == ("intel.sgx", "good", "")
    assert (second["key"], second["concern"], second["reason"]) == (unknown, "not attested", "KeyUnknown")


def test_watch_ends_well_while_nothing_is_about_to_lapse(world, run, tmp_path):
    key, spec = worker_key(7), world.specs[Kind.SGX_V3]
    submit(world, run, tmp_path, key, spec, world.identity(spec))
    run("watch", keys=(key,), every=0, times=3)
    assert run.printed.out.count(key) == 3


@pytest.mark.parametrize(
    ("days", "code", "warning"), [(24, 3, "lapses in"), (31, 4, "is not attested: Expired"), (21, 0, "")]
)
def test_watch_warns_before_a_worker_lapses(world, run, tmp_path, days, code, warning):
    key, spec = worker_key(8), world.specs[Kind.SGX_V3]
    submit(world, run, tmp_path, key, spec, world.identity(spec))
    world.pass_time(days * DAY)
    try:
        run("watch", keys=(key,), every=0, times=1)
        ended = 0
    except SystemExit as ending:
        ended = ending.code
    assert ended == code
    assert warning in run.printed.err
    assert bool(run.printed.err) is bool(code)


def test_submit_refuses_a_file_that_is_no_quote(run, world, tmp_path):
    file = tmp_path / "quote"
    file.write_text("not a quote")
    with pytest.raises(click.ClickException, match="neither a quote"):
        run("submit", file, key=worker_key(1), identity="05" * 32, challenge_block=1, account=world.sender)


def test_a_dstack_guest_gets_its_keys_by_a_live_attestation(world, run, tmp_path, guest, project, deployer, accounts):
    """From the event log to the answer that its KMS gets, and to a refusal once its code is accepted no longer."""
    key, owner = worker_key(9), accounts[6]
    body = guest.body.to_bytes()
    log_file = tmp_path / "log.json"
    log_file.write_text(json.dumps(GUEST["events"]))
    log = compact_log(parse_event_log(log_file.read_text()))
    boot = read_boot(body, log)
    identity = tdx_proven_identity(boot.identity)
    world.set_rule(identity, world.rule(guest))
    told, asked, quote = submit(world, run, tmp_path, key, guest, identity, event_log=log_file)
    assert "is attested as intel.tdx" in told

    evidence = deployer.deploy(project.DstackEvidence, world.registry, world.event_log)
    implementation = deployer.deploy(project.DstackApp, evidence)
    kms = deployer.deploy(project.DstackKms, world.manager, evidence, implementation)
    kms.addOsImageHash(boot.os_image_hash, sender=deployer)
    kms.registerApp("0x" + boot.app_id.hex(), sender=owner)
    challenge = bytes.fromhex(asked["challenge"][2:])
    bound = evidence.bindInstance(key, challenge, trimmed(quote), log, sender=owner)
    (event,) = bound.events
    assert to_canonical_address(event.instanceId) == boot.instance_id
    platform = bytes(world.registry.standingOf(key).platform)
    said = {
        "appId": "0x" + boot.app_id.hex(),
        "composeHash": boot.compose_hash,
        "instanceId": "0x" + boot.instance_id.hex(),
        "deviceId": device_id(platform[:16]),
        "mrAggregated": boot.boot_mr_aggregated,
        "mrSystem": boot.boot_mr_system,
        "osImageHash": boot.os_image_hash,
        "tcbStatus": "UpToDate",
        "advisoryIds": [],
    }
    assert evidence.objectionTo(said, 2, True) == ""
    assert evidence.objectionTo(said | {"composeHash": bytes(32)}, 2, True) != ""
    world.remove_rule(identity, at_once=True)
    assert evidence.objectionTo(said, 2, True) == "Attestation: the bound key is not attested now"


def test_a_log_that_was_tampered_with_attests_nobody(world, run, tmp_path, guest):
    events = copy.deepcopy(GUEST["events"])
    (app,) = [event for event in events if event["event"] == "compose-hash"]
    app["event_payload"] = "99" * 32
    log_file = tmp_path / "log.json"
    log_file.write_text(json.dumps(events))
    genuine = read_boot(guest.body.to_bytes(), compact_log(parse_event_log(json.dumps(GUEST["events"]))))
    claimed = hashlib.sha256(b"pha.identity.dstack.v1" + genuine.mr_system + b"\x99" * 32 + genuine.app_id).digest()
    identity = tdx_proven_identity(claimed)
    world.set_rule(identity, world.rule(guest))
    with pytest.raises(Exception, match=r"RtmrMismatch|EvidenceNotAccepted"):
        submit(world, run, tmp_path, worker_key(10), guest, identity, event_log=log_file)
    assert not world.registry.isAttested(worker_key(10))


POLICY = """
description: Accept an image
rules:
  - identity: "{identity}"
    kind: intel.tdx
    attributes: "0x{attributes}"
    worst_confidence: 2
    max_age_hours: 48
    open_to_advisories: false
    advisories: [INTEL-SA-00615]
    platforms: ["0x{platform}"]
    why: Reviewed
"""


def test_policy_is_proposed_as_calls_that_do_what_the_file_says(world, run, tmp_path, chain):
    group = attest.cli.commands["policy"]
    identity, attributes, platform = "0x" + "ab" * 32, "01" * 16, "02" * 32
    file = tmp_path / "change.yaml"
    file.write_text(POLICY.format(identity=identity, attributes=attributes, platform=platform))
    proposal = json.loads(run("propose", file, group=group))
    assert "worstConfidence: 2" in run.printed.err
    assert (proposal["targets"], proposal["values"]) == ([world.registry.address], [0])
    assert proposal["description"] == "Accept an image"
    web3 = chain.provider.web3
    call = {"from": world.sender.address, "to": proposal["targets"][0], "data": proposal["calldatas"][0]}
    assert web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(call))["status"] == 1
    (rule,) = json.loads(run("show", (identity,), group=group, as_machine=True))
    assert (rule["identity"], rule["kind"], rule["worstConfidence"]) == (identity, "intel.tdx", 2)
    assert (rule["maxAgeHours"], rule["isOnListedPlatforms"], rule["isOpenToAdvisories"]) == (48, True, False)
    assert rule["attributesMask"] == "0x" + "ff" * 16
    assert identity in run("show", (), group=group)
    file.write_text(f'description: Away\nremove:\n  - {{identity: "{identity}", at_once: true, why: leaked}}\n')
    removal = json.loads(run("propose", file, group=group))
    assert "accepted no longer" in run.printed.err
    call["data"] = removal["calldatas"][0]
    web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(call))
    assert "no rule" in run("show", (identity,), group=group)
