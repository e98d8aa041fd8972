# SPDX-License-Identifier: Apache-2.0
"""Shows that the invariants can fail: plants faults in copies of the contracts, and names the check that finds each.

    python tests/forge/mutants.py            every mutant; a minute or so each
    python tests/forge/mutants.py S9 S15     those alone

A mutant that survives makes it fail. Nothing is changed in place.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
STAKING = Path("contracts/staking")
REASON = re.compile(r"\[FAIL: (.*?)\]")


class Mutant(NamedTuple):
    """A fault: in `file`, `old` (which stands there once) becomes `new`; `test` must fail."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = [
    Mutant(
        "S1",
        "StakePool.sol",
        "totals.active += uint96(assets);",
        "totals.active += uint96(assets + 1);",
        "PoolInvariants",
    ),
    Mutant(
        "S2",
        "PoolLedger.sol",
        "return (norm * factor + ONE - 1) >> 111;",
        "return (norm * factor) >> 111;",
        "PoolInvariants",
    ),
    Mutant(
        "S3",
        "PoolLedger.sol",
        "uint256 loss = Math.min(assets, stake);",
        "uint256 loss = assets;",
        "PoolInvariants",
    ),
    Mutant(
        "S4",
        "PoolLedger.sol",
        "queue.factor = uint112(uint256(queue.factor).mulDiv(stake - loss, stake));",
        "if (loss > totals.active) queue.factor = uint112(uint256(queue.factor).mulDiv(stake - loss, stake));",
        "PoolInvariants",
    ),
    Mutant(
        "S5",
        "ExitCoverage.sol",
        "return _valueOf(_valueOf(request.norm, day.amount), day.factor);",
        "return _valueOf(_valueOf(request.norm, day.amount), _queue.factor);",
        "PoolInvariants",
    ),
    Mutant(
        "S6",
        "PoolLedger.sol",
        "if (worthless) _closeGeneration",
        "if (false && worthless) _closeGeneration",
        "PoolInvariants",
    ),
    Mutant(
        "S7",
        "StakePool.sol",
        "return _assetsFor(shares, totals, Math.Rounding.Floor);",
        "return _assetsFor(shares, Totals(uint96(TOKEN.balanceOf(address(this))), totals.supply, 0, false), "
        "Math.Rounding.Floor);",
        "PoolInvariants",
    ),
    Mutant(
        "S8",
        "StakePool.sol",
        "shares = _sharesFor(assets, totals, Math.Rounding.Floor);\n        require",
        "shares = _sharesFor(assets, totals, Math.Rounding.Ceil);\n        require",
        "PoolInvariants",
    ),
    Mutant(
        "S9",
        "PoolLedger.sol",
        "bool isHeld = _isHeld();",
        "bool isHeld = false;",
        "PoolInvariants",
    ),
    Mutant(
        "S10",
        "PoolLedger.sol",
        "if (behind < settled.locked) break;",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "S12",
        "PoolOperations.sol",
        "if (commissionBps > oldBps) {",
        "if (commissionBps > oldBps + 1_500) {",
        "PoolInvariants",
    ),
    Mutant(
        "S13",
        "StakePool.sol",
        "if (controller != owner) _requireActsFor(controller);",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "S14",
        "PoolOperations.sol",
        "Math.max(settled.released, _history.releasedAt[since].saturatingSub(1))",
        "settled.released + (since & 0)",
        "PoolInvariants",
    ),
    Mutant(
        "S14b",
        "SlashManager.sol",
        "uint256(claim.endsAt) + 1);",
        "uint256(claim.endsAt) + 1 days);",
        "PoolInvariants",
    ),
    Mutant(
        "S9b",
        "OperatorBond.sol",
        "require(block.timestamp >= until, BondFrozen(pool, until));",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "S15",
        "VaultPools.sol",
        "low += atStake - cut + safe;",
        "low += atStake + safe; cut;",
        "VaultInvariants",
    ),
    Mutant(
        "S15b",
        "VaultPools.sol",
        "if (request.cohort < books.settledCohorts) safe += assets;\n                else atStake += assets;",
        "safe += assets;",
        "VaultInvariants",
    ),
    Mutant(
        "S16",
        "VaultLedger.sol",
        "if (holder.votesSince != 0)\n",
        "if (holder.votesSince == 1)\n",
        "VaultInvariants",
    ),
    Mutant(
        "S16b",
        "VaultShares.sol",
        "(uint256 value, uint256 supply) = _totalsAt(timepoint);\n        return",
        "(, uint256 supply) = _totalsAt(timepoint);\n uint256 value = _totals.assets;\n        return",
        "VaultInvariants",
    ),
    Mutant(
        "V8",
        "VaultExits.sol",
        "uint256 assets = shares.mulDiv(value + 1, supply + 1);",
        "uint256 assets = shares.mulDiv(value + 1, supply + 1, Math.Rounding.Ceil);",
        "VaultInvariants",
    ),
    Mutant(
        "S11",
        "RewardSchedule.sol",
        "        assigned += budget;\n",
        "",
        "RewardInvariants",
    ),
    Mutant(
        "S11b",
        "RewardSchedule.sol",
        "workerAssets = Math.min(workerAssets, budget.workersLeft);",
        "",
        "RewardInvariants",
    ),
    Mutant(
        "S11c",
        "EmissionCurve.sol",
        "daily = (daily * curve.retainedBps) / BPS;",
        "daily = (daily * curve.retainedBps) / BPS + 1;",
        "RewardInvariants",
    ),
    Mutant(
        "S10b",
        "WorkerLocks.sol",
        "assets = shares.mulDiv(locked, locks.shares);",
        "assets = shares;",
        "RewardInvariants",
    ),
    Mutant(
        "S10c",
        "WorkerLocks.sol",
        "assets.mulDiv(total, locked, Math.Rounding.Ceil)",
        "assets * 2",
        "RewardInvariants",
    ),
    # L: what offences under one lock may cost together. M: moves.
    Mutant(
        "L1",
        "SlashManager.sol",
        "(claim.pool, _forfeitOf(claim));",
        "(claim.pool, uint256(claim.assets));",
        "PoolInvariants",
    ),
    Mutant(
        "L2",
        "SlashManager.sol",
        "_locks[claim.lockKey].forfeited += uint128(assets);",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "L3",
        "SlashManager.sol",
        "require(_leftOf(lock) != 0, LockForfeited(offence.worker, since, lock.budget));",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "M1",
        "ExitQueue.sol",
        "_moves.norm = sum.toUint120();",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "M2",
        "Redelegation.sol",
        "require(isSettled, StillLiable(moveId, moved.fromPoolId, moved.cohort));",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "M3",
        "Redelegation.sol",
        "if (forfeit != 0) forfeited[moved.toPoolId][moved.generation] += forfeit;",
        "",
        "PoolInvariants",
    ),
    Mutant(
        "M4",
        "PoolLedger.sol",
        "return uint256(totals.active).saturatingSub(_assetsFor(escrow.balance, totals, Math.Rounding.Ceil));",
        "return totals.active;",
        "PoolInvariants",
    ),
    Mutant(
        "M5",
        "SlashManager.sol",
        "uint256 loss = fromBond + fromPool + fromMoved;",
        "uint256 loss = fromBond + fromPool;",
        "PoolInvariants",
    ),
    Mutant(
        "M6",
        "StakePool.sol",
        "_requireMayTake(owner, caller, shares);",
        "",
        "PoolInvariants",
    ),
]


def main() -> int:
    wanted = set(sys.argv[1:])
    survivors = 0
    for mutant in MUTANTS:
        if wanted and mutant.name not in wanted:
            continue
        found = trial(mutant)
        survivors += found is None
        print(f"{mutant.name:5} {mutant.file:20} {found or 'SURVIVED'}", flush=True)
    return 1 if survivors else 0


def trial(mutant: Mutant) -> str | None:
    """The first failed check, or None where the fault went unnoticed."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for part in ("contracts", "tests/forge", "toolchain", ".build/forge"):
            if (ROOT / part).exists():
                shutil.copytree(ROOT / part, copy / part)
        for part in ("foundry.toml", "ape-config.yaml"):
            shutil.copy(ROOT / part, copy / part)
        (copy / "node_modules").symlink_to((ROOT / "node_modules").resolve())
        target = copy / STAKING / mutant.file
        source = target.read_text()
        if source.count(mutant.old) != 1:
            raise SystemExit(f"{mutant.name}: {mutant.file} no longer has the place to be changed")
        target.write_text(source.replace(mutant.old, mutant.new))
        environment = {
            **os.environ,
            "FOUNDRY_INVARIANT_RUNS": "24",
            "FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT": "0",
        }
        command = [sys.executable, copy / "toolchain" / "forge.py", "test", "--match-contract", mutant.test]
        result = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True)
        reason = REASON.search(result.stdout)
        if reason is None and result.returncode != 0:
            raise SystemExit(f"{mutant.name} could not be tried:\n{result.stdout[-1000:]}{result.stderr[-1000:]}")
        return reason.group(1) if reason else None


if __name__ == "__main__":
    sys.exit(main())
