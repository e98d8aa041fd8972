# SPDX-License-Identifier: Apache-2.0
"""Proposals from YAML: what is read, what is refused, and that the contracts agree on id and calldata."""

from __future__ import annotations

import json

import pytest

from migrations.compiled import CompiledContracts
from pha.governance.address_book import AddressBook
from pha.governance.enums import load_enums
from pha.governance.errors import ProposalInvalid
from pha.governance.parameter_table import ROOT
from pha.governance.plain_text import escaped
from pha.governance.proposal import load_proposal
from pha.governance.safe_batch import Call, checksum, safe_batch

SOMEBODY = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
TREASURY = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
PARAMETERS = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"


@pytest.fixture(scope="module")
def book(project):
    entries = {
        "treasury": ("Treasury", TREASURY),
        "staking_parameters": ("StakingParameters", PARAMETERS),
        "manager": ("PhaAccessManager", SOMEBODY),
    }
    return AddressBook(entries, CompiledContracts(project))


@pytest.fixture
def read(book, tmp_path):
    enums = load_enums(ROOT / "contracts")

    def call(text):
        path = tmp_path / "p.yaml"
        path.write_text(text)
        return load_proposal(path, book, enums)

    return call


def written(action, top="title: T\ndescription: D\n"):
    return f"{top}actions:\n  - {action}\n"


def test_proposal_is_as_the_governor_hashes_it(read, world, project):
    proposal = read(
        f'proposer: "{SOMEBODY}"\n'
        + written("{contract: staking_parameters, function: set, arguments: {parameter: ExitDays, value: 8}}")
    )
    assert proposal.description == f"# T\n\nD\n\n#proposer={SOMEBODY.lower()}"
    assert world.governor.getProposalId(*proposal.operation) == proposal.id
    contract = project.StakingParameters.at(PARAMETERS, fetch_from_explorer=False)
    assert proposal.calldatas == [bytes(contract.set.encode_input(1, 8))]
    assert proposal.targets == [PARAMETERS]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("8", 8),
        ('"8"', 8),
        ("2 days", 172_800),
        ("0.5 PHA", 5 * 10**17),
        ("2.5 %", 250),
        ("2027-01-31T00:00:00Z", 1_801_353_600),
        ('"115792089237316195423570985008687907853269984665640564039457584007913129639935"', 2**256 - 1),
    ],
)
def test_numbers_are_read_with_their_units(read, value, meant):
    text = f"{{contract: staking_parameters, function: set, arguments: {{parameter: ExitDays, value: {value}}}}}"
    (calldata,) = read(written(text)).calldatas
    assert int.from_bytes(calldata[36:], "big") == meant


def test_structs_names_and_bytes_are_read(read):
    stream = f'{{token: manager, recipient: "{SOMEBODY}", amount: 5 PHA, start: 7, duration: 1 day}}'
    proposal = read(written(f"{{contract: treasury, function: openStream, arguments: {{terms: {stream}}}}}"))
    words = [int.from_bytes(proposal.calldatas[0][start : start + 32], "big") for start in range(4, 164, 32)]
    assert words == [int(SOMEBODY, 16), int(SOMEBODY, 16), 5 * 10**18, 7, 86_400]
    execute = '{contract: manager, function: execute, arguments: {target: treasury, data: "0x0102"}, value: 1 ETH}'
    (action,) = read(written(execute)).actions
    assert (action.value, action.arguments["data"], action.arguments["target"]) == (10**18, "0x0102", TREASURY)


def test_contract_outside_the_steps_is_called_by_address_and_type(read):
    address = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
    one = f'{{contract: "{address}", type: Treasury, function: stopStream, arguments: {{id: 3}}}}'
    (action,) = read(written(one)).actions
    assert (action.target, action.signature) == (address, "stopStream(uint256)")


SET = "contract: staking_parameters, function: set"
PAY = "contract: treasury, function: pay"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (written("{contract: treasurer, function: pay}"), "no contract treasurer is deployed"),
        (written("{contract: treasury, function: pays}"), "Treasury has no function pays"),
        (written("{contract: treasury, function: stopStream}"), "needs id"),
        (written("{contract: treasury, function: stopStream, arguments: {id: 1, di: 2}}"), "not di"),
        (written("{contract: treasury, function: stopStream, arguments: {id: yes}}"), "id must be a whole number"),
        (written("{contract: treasury, function: stopStream, arguments: {id: -1}}"), "stopStream"),
        (written("{contract: treasury, function: stopStream, arguments: {id: 1}, value: 1 ETH}"), "takes no ether"),
        (
            written('{contract: manager, function: execute, arguments: {target: treasury, data: "0x"}, value: 1 PHA}'),
            "value is ether",
        ),
        # YAML would read them as eight and ninety.
        (written(f"{{{SET}, arguments: {{parameter: ExitDays, value: 010}}}}"), "010 is no plain whole number"),
        (written(f"{{{SET}, arguments: {{parameter: ExitDays, value: 1:30}}}}"), "1:30 is no plain whole number"),
        # What hides text on a terminal, and what turns it round.
        (written("{}", 'title: T\ndescription: "D \\e[8m"\n'), r"nobody sees \(U\+001B\)"),
        (written("{}", 'title: "T \\u202e"\ndescription: D\n'), r"nobody sees \(U\+202E\)"),
        (written("{contract: treasury, function: earned, arguments: {id: 1}}"), "changes nothing"),
        (written("{contract: treasury, type: StakePool, function: pay}"), "treasury is a Treasury"),
        (written(f'{{contract: "{SOMEBODY.lower()}", type: Treasury, function: pay}}'), "checksummed"),
        (written(f"{{{SET}, arguments: {{parameter: ExitDay, value: 8}}}}"), "parameter must be one of MinDeposit"),
        (written(f"{{{SET}, arguments: {{parameter: 1, value: 8}}}}"), "parameter must be one of MinDeposit"),
        (written(f"{{{SET}, arguments: {{parameter: ExitDays, value: 8 stones}}}}"), "value must be a whole number"),
        (
            written("{contract: treasury, function: pay, arguments: {token: treasury, recipient: 0x12, amount: 1}}"),
            "text",
        ),
        (
            written(f'{{{PAY}, arguments: {{token: "{SOMEBODY.lower()}", recipient: manager, amount: 1}}}}'),
            "checksummed",
        ),
        (written("{contract: treasury, function: openStream, arguments: {terms: {token: manager}}}"), "is a struct"),
        (
            written("{contract: manager, function: execute, arguments: {target: treasury, data: 0x12}}"),
            "0x and an even",
        ),
        ("title: T\ndescription: D\nactions: []\n", "at least one"),
        ("title: T\nactions: []\n", "description is missing"),
        ("title: T\ndescription: D\nactions: []\nvotes: 1\n", "votes is unknown"),
        ("title: T\ntitle: U\ndescription: D\nactions: []\n", "stands twice"),
        (written("{}", f'title: T\ndescription: "D #proposer={SOMEBODY}"\n'), "name the proposer with"),
        (written("{}", f'title: T\ndescription: D\nproposer: "{SOMEBODY.lower()}"\n'), "checksummed"),
    ],
)
def test_proposal_is_refused_when_it_fits_no_contract(read, text, message):
    with pytest.raises(ProposalInvalid, match=message):
        read(text)


def test_what_a_contract_says_is_shown_and_moves_nothing():
    assert escaped("a\x1b[2Jb\nc\u202ed é 漢") == "a\\x1b[2Jb\\nc\\u202ed é 漢"


def test_address_file_is_refused_when_it_is_none(project, tmp_path):
    with pytest.raises(ProposalInvalid, match="does not exist"):
        AddressBook.read(tmp_path / "none.json", CompiledContracts(project))
    (tmp_path / "bad.json").write_text('{"contracts": {"a": {}}}')
    with pytest.raises(ProposalInvalid, match="is not an address file"):
        AddressBook.read(tmp_path / "bad.json", CompiledContracts(project))


def test_checksum_is_the_transaction_builders():
    """A file that the builder 1.18.2 itself wrote, as published with the Safe CLI's analysis of the format."""
    content = {
        "version": "1.0",
        "chainId": "1",
        "createdAt": 1761326849944,
        "meta": {
            "name": "Transactions Batch",
            "description": "",
            "txBuilderVersion": "1.18.2",
            "createdFromSafeAddress": "0xA77DE01e157f9f57C7c4A326eeE9C4874D0598b6",
            "createdFromOwnerAddress": "",
        },
        "transactions": [
            {
                "to": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
                "value": "0",
                "data": None,
                "contractMethod": {
                    "inputs": [
                        {"internalType": "address", "name": "spender", "type": "address"},
                        {"internalType": "uint256", "name": "value", "type": "uint256"},
                    ],
                    "name": "approve",
                    "payable": False,
                },
                "contractInputsValues": {
                    "spender": "0x474e5Ded6b5D078163BFB8F6dBa355C3aA5478C8",
                    "value": "100000000000",
                },
            }
        ],
    }
    assert checksum(content) == "0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989"
    content["transactions"][0]["value"] = "1"
    assert checksum(content) != "0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989"


def test_batch_holds_the_calls_and_a_checksum_that_survives_json():
    batch = safe_batch([Call(SOMEBODY, b"\x01\x02", 7)], 2035, "Name", "Zeile\nmit ü", 1_800_000_000)
    assert batch["transactions"] == [
        {"to": SOMEBODY, "value": "7", "data": "0x0102", "contractMethod": None, "contractInputsValues": None}
    ]
    again = json.loads(json.dumps(batch))
    claimed = again["meta"].pop("checksum")
    assert (again["chainId"], again["createdAt"], claimed) == ("2035", 1_800_000_000_000, checksum(again))
