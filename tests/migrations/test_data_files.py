# SPDX-License-Identifier: Apache-2.0
"""Parameters, roles, steps and addresses as files: what is read and what is refused."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import yaml

from migrations.connection import MIGRATIONS
from pha.deployment.addresses import address_text, has_drifted, write_addresses
from pha.deployment.errors import ParameterInvalid, ParameterMissing, RolesInvalid, StepInvalid
from pha.deployment.journal import read_journal
from pha.deployment.parameters import load_parameters
from pha.deployment.roles import load_roles
from pha.deployment.sending import contract_address
from pha.deployment.steps import load_steps
from pha.deployment.values import parser_of

NETWORKS = ["local", "sepolia", "phala-l2", "phala-l2-sepolia"]
SCHEMA = MIGRATIONS / "parameters" / "schema.yaml"


@pytest.mark.parametrize("network", NETWORKS)
def test_network_file_loads_and_every_value_has_a_source(network):
    path = MIGRATIONS / "parameters" / f"{network}.yaml"
    load_parameters(path, SCHEMA)
    for section in yaml.safe_load(path.read_text()).values():
        for entry in section.values():
            assert set(entry) == {"value", "source"}
            assert len(entry["source"]) > 10


def test_networks_have_the_files_that_are_supported():
    files = {path.stem for path in (MIGRATIONS / "parameters").glob("*.yaml")} - {"schema"}
    assert files == set(NETWORKS)


@pytest.mark.parametrize(
    ("network", "chain_id", "kind"),
    [("sepolia", 11155111, "home"), ("phala-l2", 2035, "l2"), ("local", 31337, "l2")],
)
def test_network_has_its_chain_id_and_kind(network, chain_id, kind):
    parameters = load_parameters(MIGRATIONS / "parameters" / f"{network}.yaml", SCHEMA)
    assert (parameters["network.chain_id"], parameters.kind) == (chain_id, kind)


def test_steps_follow_from_the_kind():
    assert [step.name for step in load_steps(MIGRATIONS / "steps", "home")] == [
        "010_access",
        "020_pha_token",
        "990_hand_over",
    ]
    assert "020_pha_token" not in [step.name for step in load_steps(MIGRATIONS / "steps", "l2")]


@pytest.fixture
def local(tmp_path):
    """A copy of local.yaml and a way to change it: `change(old, new)`, then `load()`."""
    path = tmp_path / "local.yaml"
    shutil.copy(MIGRATIONS / "parameters" / "local.yaml", path)

    class File:
        def change(self, old, new):
            assert old in path.read_text()
            path.write_text(path.read_text().replace(old, new, 1))

        def load(self, **overrides):
            return load_parameters(path, SCHEMA, {key.replace("__", "."): one for key, one in overrides.items()})

    return File()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    source: every start of a local chain makes another\n", "", "network.genesis has no source"),
        ("    source: every start", '    source: ""\n    # every start', "network.genesis has no source"),
        ("value: 2 days", "value: 172800", "governance.timelock_delay is 172800: expected a duration"),
        ("value: 2 days", "value: 2 days\n    unit: s", "governance.timelock_delay has an unknown key unit"),
        ("value: 2 days", "value: 0.3 seconds", "without a fraction"),
        ("  timelock_delay:", "  timelock_dely:", "governance.timelock_dely is not a parameter"),
        (
            "value: 20000000 PHA",
            "value: 20000000",
            "bridge.rate_limit_capacity is 20000000: expected an amount",
        ),
        ("value: 20000000 PHA", "value: 20000000 BTC", "expected an amount"),
        ("value: 31337", 'value: "31337"', "expected a whole number"),
        ("value: 31337", "value: true", "expected a whole number"),
        (
            "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
            "checksummed",
        ),
        (
            '"0x70997970C51812dc3A010C7d01b50e0d17dc79C8"',
            "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "an address",
        ),
        ("value: l2", "value: l3", "network.kind must be one of home, l2"),
        ("value: l2", "value: home", "is not a parameter of a network of kind home"),
        ("network:\n", "network:\n  kind: {value: l2, source: twice}\n", "kind stands twice"),
        ("value: 2040-01-01T00:00:00Z", "value: 2040-01-01T00:00:00+01:00", "expected a time in UTC"),
        ("network:\n", "network: [\n", "is not YAML"),
    ],
)
def test_parameters_are_refused_when_malformed(local, old, new, message):
    local.change(old, new)
    with pytest.raises(ParameterInvalid, match=message.replace(".", r"\.")):
        local.load()


def test_parameter_is_missing_while_it_is_null(local):
    parameters = local.load()
    assert {one.name for one in parameters.missing()} == {
        "network.genesis",
        "bridge.claim_root",
        "bridge.state_root",
        "bridge.total",
    }
    with pytest.raises(ParameterMissing, match=r"local has no bridge\.total yet: total of the chain state"):
        parameters["bridge.total"]
    assert local.load(bridge__total="5 units")["bridge.total"] == 5


def test_overrides_are_refused_when_unknown(local):
    with pytest.raises(ParameterInvalid, match=r"bridge\.totel is not a parameter"):
        local.load(bridge__totel="5 units")


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("amount", "1000000000 PHA", 10**27),
        ("amount", "0.000000000000000001 PHA", 1),
        ("units", "12 units", 12),
        ("units", "9" * 40 + " units", 10**40 - 1),
        ("amount", "10000000000.000000000000000001 PHA", 10**28 + 1),
        ("duration", "1.5 hours", 5400),
        ("duration", "1 week", 604800),
        ("share", "2.5 %", 250),
        ("time", "2027-01-31T00:00:00Z", 1801353600),
        ("[integer]", [1, 2], [1, 2]),
        ("bytes32", "0x" + "0f" * 32, b"\x0f" * 32),
        ("bytes", "0x0f", b"\x0f"),
    ],
)
def test_values_are_read_with_their_units(kind, written, value):
    assert parser_of(kind)(written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("amount", "-1 PHA"),
        ("amount", "1e3 PHA"),
        ("share", "101 %"),
        ("units", "1.5 units"),
        ("units", "\u09ea units"),  # a Bengali four, which looks like an 8
        ("amount", "\u09ea.\u09ea PHA"),
        ("duration", "\u0967 days"),
        ("bytes32", "0x00"),
        ("bytes", "0x"),
        ("bytes", "0x0"),
        ("bytes", "0F"),
        ("[integer]", 1),
    ],
)
def test_values_are_refused_when_out_of_range(kind, written):
    with pytest.raises(ValueError, match="expected"):
        parser_of(kind)(written)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    id: 1\n", "    id: 0\n", "share the id 0"),
        ("    id: 1\n", "    id: 18446744073709551615\n", "the id that means everyone"),
        ('GUARDIAN\n    "unpause', 'GUARD\n    "unpause', "undeclared role GUARD"),
        ('"unpause()"', '"unpause"', "is not a full signature"),
        ("parameter:governance.guardian", '"0x00"', "neither contract"),
        ("    grant_delay: 0 seconds\n  GUARDIAN", "  GUARDIAN", "must have exactly"),
        ("roles:\n", "rules: {}\nroles:\n", "unknown section rules"),
        ("id: 0 #", "id: 7 #", "ADMIN must be declared with id 0"),
    ],
)
def test_roles_are_refused_when_malformed(tmp_path, old, new, message):
    text = (MIGRATIONS / "roles.yaml").read_text()
    assert old in text
    path = tmp_path / "roles.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(RolesInvalid, match=message):
        load_roles(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("10_x.py", '"""X."""', "is not named like"),
        ("010_x.py", '"""X."""\ndef apply(m): pass', "must define apply"),
        ("010_x.py", "def apply(m): pass\ndef verify(m): pass", "no docstring"),
        ("010_x.py", '"""X."""\n1 / 0', "ZeroDivisionError"),
        (
            "010_x.py",
            '"""X."""\nKINDS = ("l9",)\ndef apply(m): pass\ndef verify(m): pass',
            "KINDS must be some of",
        ),
    ],
)
def test_steps_are_refused_when_malformed(tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    with pytest.raises(StepInvalid, match=message):
        load_steps(tmp_path, "l2")


def test_step_that_runs_is_the_one_that_is_hashed(tmp_path):
    """Not a compilation that Python kept of a file of the same size and second."""
    path = tmp_path / "010_x.py"
    loaded = []
    for title in ("One", "Two"):
        path.write_text(f'"""{title}."""\ndef apply(m): return "{title}"\ndef verify(m): pass')
        os.utime(path, (1_700_000_000, 1_700_000_000))
        loaded += load_steps(tmp_path, "l2")
    assert [(step.title, step.apply(None)) for step in loaded] == [("One", "One"), ("Two", "Two")]
    assert loaded[0].source != loaded[1].source


def test_steps_are_refused_when_two_have_one_number(tmp_path):
    for name in ("010_x.py", "010_y.py"):
        (tmp_path / name).write_text('"""X."""\ndef apply(m): pass\ndef verify(m): pass')
    with pytest.raises(StepInvalid, match="two steps have the number 010"):
        load_steps(tmp_path, "l2")


def test_address_file_follows_from_the_journal(world, tmp_path):
    world.run(until="010")
    records, _ = read_journal(world.path)
    path = tmp_path / "addresses" / "local.json"
    assert has_drifted(records, path)
    write_addresses(records, path)
    assert not has_drifted(records, path)
    content = json.loads(path.read_text())
    nonce = world.chain.nonce(world.account.address)
    assert content["contracts"]["timelock"]["address"] == contract_address(world.account.address, nonce - 1)
    assert content["chain_id"] == 31337
    path.write_text(address_text(records).replace("timelock", "timelook"))
    assert has_drifted(records, path)


def test_committed_address_files_follow_from_their_journals():
    """Neither exists for a network that nothing was sent to."""
    names = {path.stem for path in (MIGRATIONS / "journals").glob("*.jsonl")}
    names |= {path.stem for path in (MIGRATIONS / "addresses").glob("*.json")}
    for name in names:
        records, torn = read_journal(MIGRATIONS / "journals" / f"{name}.jsonl")
        assert torn is None
        assert not has_drifted(records, MIGRATIONS / "addresses" / f"{name}.json")


@pytest.mark.parametrize(
    ("nonce", "address"),
    [  # by sender 0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0, as widely published
        (0, "0xcd234A471b72ba2F1Ccf0A70FCABA648a5eeCD8d"),
        (1, "0x343c43A37D37dfF08AE8C4A11544c718AbB4fCF8"),
        (2, "0xf778B86FA74E846c4f0a1fBd1335FE81c00a0C91"),
    ],
)
def test_contract_address_is_as_published(nonce, address):
    assert contract_address("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", nonce) == address


@pytest.mark.parametrize("nonce", [127, 128, 255, 256, 65535, 65536, 2**32])
def test_contract_address_equals_the_rlp_librarys(nonce):
    import rlp
    from eth_utils import keccak, to_checksum_address

    sender = bytes(range(20))
    wanted = to_checksum_address(keccak(rlp.encode([sender, nonce]))[12:])
    assert contract_address("0x" + sender.hex(), nonce) == wanted
