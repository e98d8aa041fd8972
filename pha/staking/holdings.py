# SPDX-License-Identifier: Apache-2.0
"""What an account has staked, what it has asked back, and what it can claim; and the steps of a holder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pha.staking.amounts import DAY, format_pha
from pha.staking.contracts import Contract, Step
from pha.staking.errors import NothingToDo, StakingError
from pha.staking.machine import Wei
from pha.staking.suite import ZERO_ADDRESS
from pha.staking.vaults import request_id, requests_of, waiting


@dataclass(frozen=True)
class Request:
    """One request to leave. `number` is what `cancel` takes; `assets` what it would be paid now, in wei.

    `matures_at` is the earliest time, in Unix seconds: workers' locks, or an open claim, can keep it longer.
    """

    number: int
    shares: Wei
    assets: Wei
    matures_at: int
    claimable: bool


@dataclass(frozen=True)
class Closed:
    """Shares of a generation that was wiped out, and what is left for them."""

    generation: int
    shares: Wei
    assets: Wei


@dataclass(frozen=True)
class Holding:
    """An account's stake in a pool or vault. Amounts in wei, shares in their least unit.

    `votes` and `delegatee` are a vault's alone: what the shares that vote by the account are worth as votes count them,
    in wei, and by whom its own vote.
    """

    kind: str
    name: str
    address: str
    shares: Wei
    assets: Wei
    claimable_shares: Wei
    claimable_assets: Wei
    requests: tuple[Request, ...]
    closed: tuple[Closed, ...]
    votes: Wei | None = None
    delegatee: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing binds the account to it."""
        held = self.shares or self.claimable_shares or self.claimable_assets or self.requests
        return not (held or self.closed or self.votes)


def read_holdings(
    account: str, targets: Iterable[Contract], progress: Callable[[int], None] | None = None
) -> Iterator[Holding]:
    """The account's stake in each pool or vault where it has any."""
    for target in targets:
        found = holding_in(target, account)
        if progress is not None:
            progress(1)
        if not found.is_empty:
            yield found


def holding_in(target: Contract, account: str) -> Holding:
    """The account's stake in one pool or vault."""
    if is_vault(target):
        return _in_vault(target, account)
    return _in_pool(target, account)


def is_vault(target: Contract) -> bool:
    """Whether a contract is held under the vault's interface."""
    return target.artifact.name == "IDelegationVault"


def _in_pool(pool: Contract, account: str) -> Holding:
    shares, generation = pool.ask("balanceOf", account), pool.ask("shareBasis")["generation"]
    requests = []
    for number, parts, claimable in requests_of(pool, account):
        matures = pool.ask("cohort", parts["cohort"])["maturityDay"] * DAY
        requests.append(Request(number, parts["shares"], parts["assets"], matures, claimable))
    closed = []
    for old in range(generation):
        balance = pool.ask("balanceOfGeneration", account, old)
        left = pool.ask("closedGeneration", old)
        if balance and left["supply"]:
            closed.append(Closed(old, balance, balance * left["assets"] // left["supply"]))
    return Holding(
        kind="pool",
        name=str(pool.ask("poolId")),
        address=pool.address,
        shares=shares,
        assets=pool.ask("convertToAssets", shares),
        claimable_shares=pool.ask("maxRedeem", account),
        claimable_assets=pool.ask("maxWithdraw", account),
        requests=tuple(requests),
        closed=tuple(closed),
    )


def _in_vault(vault: Contract, account: str) -> Holding:
    shares, due = vault.ask("balanceOf", account), vault.ask("claimableOf", account)
    own = [one for one in waiting(vault) if one.controller == account]
    delegatee, supply = vault.ask("delegates", account), vault.ask("totalSupply")
    votes = vault.ask("getVotes", account)
    return Holding(
        kind="vault",
        name=vault.ask("symbol"),
        address=vault.address,
        shares=shares,
        assets=vault.ask("convertToAssets", shares),
        claimable_shares=due["shares"],
        claimable_assets=due["assets"],
        requests=tuple(
            Request(one.place, one.shares, vault.ask("convertToAssets", one.shares), one.ready_at, False) for one in own
        ),
        closed=(),
        votes=votes * vault.ask("valuation")["low"] // supply if supply else 0,
        delegatee="" if delegatee == ZERO_ADDRESS else delegatee,
    )


# Steps


def title(target: Contract) -> str:
    """A pool or vault in words."""
    return f"vault {target.ask('symbol')}" if is_vault(target) else f"pool {target.ask('poolId')}"


def deposit_step(target: Contract, assets: int, receiver: str, permit: tuple[int, int, bytes, bytes] | None) -> Step:
    """Stakes `assets` wei for `receiver`; `permit` is (deadline, v, r, s) of an EIP-2612 approval."""
    says = f"deposit {format_pha(assets)} PHA into {title(target)} for {receiver}"
    if permit is None:
        return target.step(says, "deposit", assets, receiver)
    return target.step(says + " with a permit", "depositWithPermit", assets, receiver, *permit)


def request_step(target: Contract, owner: str, controller: str, assets: int | None) -> Step:
    """Asks back at least `assets` wei, or all for None: the fewest shares that are worth it now.

    Raises `StakingError` where the owner has less.
    """
    balance = target.ask("balanceOf", owner)
    worth = target.ask("convertToAssets", balance)
    if balance == 0:
        raise StakingError(f"{owner} has no shares of {title(target)}")
    if assets is None:
        shares, assets = balance, worth
    elif assets == 0 or assets > worth:
        raise StakingError(
            f"{owner} has {format_pha(worth)} PHA in {title(target)}; ask for more than 0 and at most that"
        )
    else:
        shares = -(-assets * balance // worth)
    says = f"request {format_pha(assets)} PHA ({shares} shares) from {title(target)}"
    return target.step(says, "requestRedeem", shares, controller, owner)


def cancel_step(target: Contract, number: int, controller: str) -> Step:
    """Takes back a request by its number in `show`."""
    which = number if is_vault(target) else request_id(controller, number)
    return target.step(f"cancel request {number} of {title(target)}", "cancelRedeemRequest", which, controller)


def claim_steps(target: Contract, holding: Holding, controller: str, receiver: str) -> list[Step]:
    """Everything that the controller can claim of one pool or vault: matured requests together, then each closed
    generation, which always pays its holder.
    """
    steps = []
    if holding.claimable_shares or holding.claimable_assets:
        says = f"claim {format_pha(holding.claimable_assets)} PHA from {title(target)}"
        # A part that was claimed before may have left PHA without a share to its name.
        by, amount = (
            ("redeem", holding.claimable_shares) if holding.claimable_shares else ("withdraw", holding.claimable_assets)
        )
        steps.append(target.step(says, by, amount, receiver, controller))
    for one in holding.closed:
        if one.assets:
            says = f"claim {format_pha(one.assets)} PHA of closed generation {one.generation} of {title(target)}"
            steps.append(target.step(says, "claimClosed", one.generation, controller))
    return steps


def require_any(steps: list[Step], holdings: Iterable[Holding]) -> list[Step]:
    """The steps. Raises `NothingToDo` with the time of the next maturity where there are none."""
    if steps:
        return steps
    times = [request.matures_at for one in holdings for request in one.requests]
    when = f"; the earliest request matures at Unix time {min(times)}" if times else ""
    raise NothingToDo("nothing can be claimed now" + when)
