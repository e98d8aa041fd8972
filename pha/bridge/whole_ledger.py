# SPDX-License-Identifier: Apache-2.0
"""The whole parachain accounted for: native balances, and what is wrapped given to the people it belongs to.

Two accounts hold native PHA that is owed to others, and are lessened by it: `wpha/` backs every wrapped PHA,
and the subsidy pool backs the rewards of the first stake pools that nobody fetched. Everything else is counted
where it lies. So the positions and the remainder of rounding add up to the issuance, by origin and by class.

Loose W-PHA, owners' rewards and old rewards could be had at any moment and count as free; what lies in pools,
vaults and their queues counts as staked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pha.bridge.chain_state import ChainState
from pha.bridge.conservation import ConservationReport, Line, conserve
from pha.bridge.disposition import Disposition
from pha.bridge.equations import Equation, check_all, pool_equations
from pha.bridge.errors import BridgeError
from pha.bridge.findings import Finding, refuse_unaccepted
from pha.bridge.known_accounts import read_known_accounts
from pha.bridge.ledger import Entitlement, Ledger, build_ledger, native_entitlements, total_issuance_of, with_vesting
from pha.bridge.ledger_rules import LedgerRules
from pha.bridge.look_through import LookedThrough, Origin, Position, look_through
from pha.bridge.progress import Track, silent
from pha.bridge.runtime_layouts import decoders_for
from pha.bridge.runtime_metadata import RuntimeMetadata
from pha.bridge.staking_state import StakingState, read_staking
from pha.bridge.storage_keys import SYSTEM_ACCOUNT, account_key

WRAPPED_PHA_ACCOUNT = b"wpha/".ljust(32, b"\0")
SUBSIDY_ACCOUNT = b"modlphala/pp".ljust(32, b"\0")
STAKED_ORIGINS = frozenset({Origin.STAKE_POOL, Origin.VAULT, Origin.VAULT_OWNER, Origin.QUEUED})


class BackingError(BridgeError):
    """More owed out of an account than it holds: someone's PHA would be promised twice."""


@dataclass(frozen=True)
class WholeLedger:
    """The ledger, the positions it is made of, and what an auditor needs to judge it."""

    ledger: Ledger
    positions: list[Position]
    staking: StakingState
    looked_through: LookedThrough
    findings: list[Finding]
    decoded_by: dict[str, str]
    backing: int

    def equations(self) -> tuple[Equation, ...]:
        """What must be equal besides the sums of the classes. Raises EquationError or ConservationError."""
        wrapped = sum(self.staking.wrapped.values())
        given = sum(position.amount for position in self.looked_through.positions)
        surplus = sum(
            amount
            for account, amount, origin, _ in self.positions
            if account == WRAPPED_PHA_ACCOUNT and origin is Origin.NATIVE
        )
        origins = self.by_origin()
        pools = [(p.pid, p.kind, p.pot, p.given, p.remainder) for p in self.looked_through.pools]
        return check_all(
            [
                Equation(
                    "total issuance by origin",
                    "total issuance",
                    self.ledger.total_issuance,
                    "sum of the origins",
                    sum(line.amount for line in origins.lines),
                ),
                Equation(
                    "backing of wrapped PHA",
                    "native PHA of wpha/",
                    self.backing,
                    "wrapped PHA and accepted surplus",
                    wrapped + surplus,
                ),
                Equation(
                    "wrapped PHA by holder",
                    "wrapped PHA",
                    wrapped,
                    "given to people and left in pools",
                    given + self.looked_through.remainder,
                ),
                *pool_equations(pools),
            ]
        )

    def by_origin(self) -> ConservationReport:
        """The issuance by where the positions come from. Raises ConservationError."""
        amounts = dict.fromkeys(Origin, 0)
        holders: dict[Origin, set[bytes]] = {origin: set() for origin in Origin}
        for account, amount, origin, _ in self.positions:
            if amount:
                amounts[origin] += amount
                holders[origin].add(account)
        lines = [Line(origin, len(holders[origin]), amounts[origin]) for origin in Origin]
        lines.append(
            Line("rounding left in pools", 0, self.ledger.remainder, Disposition.TREASURY),
        )
        return conserve(lines, self.ledger.total_issuance)

    def to_json(self) -> dict[str, Any]:
        """Origins, pools, entry counts and accepted findings; amounts are decimal text in base units."""
        return {
            "by_origin": self.by_origin().to_json(),
            "pools": [
                {
                    "pid": pool.pid,
                    "kind": pool.kind,
                    "pot": str(pool.pot),
                    "given": str(pool.given),
                    "remainder": str(pool.remainder),
                    "cut": str(pool.cut),
                }
                for pool in self.looked_through.pools
            ],
            "equations": [equation.to_json() for equation in self.equations()],
            "entries": self.staking.counts,
            "decoded_by": self.decoded_by,
            "inside_free": {
                "vesting": str(self.staking.vesting_locked),
                "vote_locks": str(self.staking.vote_locked),
            },
            "accepted_findings": [{"name": name, "detail": detail} for name, detail in self.findings],
        }


def whole_ledger(
    state: ChainState,
    accepted: Collection[str] = (),
    track: Track = silent,
    rules: LedgerRules | None = None,
    metadata: RuntimeMetadata | None = None,
) -> WholeLedger:
    """The ledger of a checked state with staking looked through.

    `accepted` names the findings to live with, `rules` are those of the ledger, `metadata` is what the runtime
    says of its storage. Raises UnacceptedFindingsError, NeedlessAcceptanceError, BackingError,
    TotalIssuanceError, AccountInfoError, StorageKeyError, MetadataError.
    """
    decoders = decoders_for(state, metadata, accepted)
    staking = read_staking(state, track, decoders)
    chosen = rules or LedgerRules()
    known = read_known_accounts(state, chosen.multisigs)
    looked = look_through(staking)
    wrapped = sum(staking.wrapped.values())
    legacy = [
        Position(account, amount, Origin.LEGACY_REWARD, None) for account, amount in staking.legacy_rewards if amount
    ]
    debts = {WRAPPED_PHA_ACCOUNT: wrapped, SUBSIDY_ACCOUNT: sum(position.amount for position in legacy)}
    holders = native_entitlements(
        track(state.starting_with(SYSTEM_ACCOUNT), "System.Account"), decoders["System.Account"]
    )
    native = list(_native_positions(holders, debts))
    findings = [*staking.findings, *known.findings, *looked.findings]
    if surplus := sum(amount for account, amount, _, _ in native if account == WRAPPED_PHA_ACCOUNT):
        detail = f"wpha/ holds {surplus} base units more than the {wrapped} that are wrapped"
        findings.append(Finding("wrapped-surplus", detail))
    positions = [*native, *looked.positions, *legacy]
    ledger = build_ledger(_entitlements(positions), total_issuance_of(state), looked.remainder, known.classes)
    ledger, vesting_findings = with_vesting(ledger, state, chosen, decoders)
    known_names = {finding.name for finding in findings}
    findings += [finding for finding in vesting_findings if finding.name not in known_names]
    refuse_unaccepted(findings, accepted)
    staking.counts |= known.counts
    held = state.value(account_key(WRAPPED_PHA_ACCOUNT))  # read apart from the positions, to be compared with them
    backing = 0
    if held is not None:
        info = decoders["System.Account"](account_key(WRAPPED_PHA_ACCOUNT), held)[1]
        backing = info.free + info.reserved
    return WholeLedger(ledger, positions, staking, looked, findings, decoders.ways, backing)


def _native_positions(holdings: Iterable[Entitlement], debts: dict[bytes, int]) -> Iterator[Position]:
    """free + reserved of every account, less what the account holds for others."""
    open_debts = dict(debts)
    for account, held, _ in holdings:
        debt = open_debts.pop(account, 0)
        if debt > held:
            raise _short(account, debt, held)
        yield Position(account, held - debt, Origin.NATIVE, None)
    for account, debt in open_debts.items():
        if debt:
            raise _short(account, debt, 0)


def _short(account: bytes, debt: int, held: int) -> BackingError:
    name = account.rstrip(b"\0").decode("ascii")
    return BackingError(
        f"{name} holds {held} base units, but {debt} are owed out of it, {debt - held} too many: the state is "
        "incomplete or an entry was decoded wrongly"
    )


def _entitlements(positions: Iterable[Position]) -> Iterator[Entitlement]:
    for account, amount, origin, _ in positions:
        yield Entitlement(account, 0, amount) if origin in STAKED_ORIGINS else Entitlement(account, amount, 0)
