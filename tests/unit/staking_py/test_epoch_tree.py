# SPDX-License-Identifier: Apache-2.0
"""An epoch's tree and its proofs, against OpenZeppelin's package for JavaScript."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from pha.staking.gatekeepers import EpochTree, Record

ROOT = Path(__file__).resolve().parents[3]
EPOCH = 20_500
# Reads {values, chosen} and writes the root and a proof for each choice.
SCRIPT = """
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");
const { values, chosen } = JSON.parse(require("fs").readFileSync(0));
const types = ["uint256", "address", "uint24", "uint32", "bool", "uint96", "uint96"];
const tree = StandardMerkleTree.of(values, types, { sortLeaves: false });
console.log(JSON.stringify({ root: tree.root, proofs: chosen.map((indices) => tree.getMultiProof(indices)) }));
"""


@pytest.fixture(scope="module")
def package():
    if shutil.which("node") is None or not (ROOT / "node_modules" / "@openzeppelin" / "merkle-tree").exists():
        pytest.skip("Node.js or the package @openzeppelin/merkle-tree is missing: run `make setup`")

    def ask(values: list[list], chosen: list[list[int]]) -> dict:
        question = json.dumps({"values": values, "chosen": chosen})
        answer = subprocess.run(
            ["node", "-e", SCRIPT], input=question, capture_output=True, text=True, cwd=ROOT, check=True
        )
        return json.loads(answer.stdout)

    return ask


def records_of(count: int) -> list[Record]:
    return [Record(f"0x{n:040x}", n % 3, 100 + n, n % 5 != 0, n * 10**18, n * 10**20) for n in range(1, count + 1)]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13, 100])
def test_tree_and_proofs_are_those_of_the_package(package, count):
    tree, rng = EpochTree(EPOCH, records_of(count)), random.Random(count)
    chosen = [[0], [count - 1], list(range(count))]
    chosen += [sorted(rng.sample(range(count), rng.randint(1, count))) for _ in range(12)]
    values = [[str(EPOCH), *(v if isinstance(v, (str, bool)) else str(v) for v in r.values)] for r in tree.records]
    theirs = package(values, chosen)
    assert "0x" + tree.root.hex() == theirs["root"]
    for indices, proof in zip(chosen, theirs["proofs"], strict=True):
        hashes, flags = tree.proof(indices)
        assert ["0x" + one.hex() for one in hashes] == proof["proof"]
        assert flags == proof["proofFlags"]
        leaves = [list(leaf) for leaf in proof["leaves"]]
        assert leaves == [values[index] for index in indices]


def test_a_proof_is_for_some_record_once():
    tree = EpochTree(EPOCH, records_of(4))
    for indices in ([], [1, 1]):
        with pytest.raises(ValueError, match="one record or more"):
            tree.proof(indices)
