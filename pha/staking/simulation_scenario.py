# SPDX-License-Identifier: Apache-2.0
"""What a simulation is told: workers, delegators, slashes and rewards, from a YAML file or the defaults.

PHA amounts are written as decimal numbers of PHA and held in wei; `…_bps` is in units of 10^-4; `…_a_year` are expected
numbers in 365 days. Every field that a file leaves out has its default; a name that is not known is refused.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import Any

import yaml

from pha.staking.slashing import BURN_SHARE_BPS, REPORTER_SHARE_BPS, SLASH_LEVEL_BPS
from pha.staking.workers import (
    BPS,
    CONFIDENCE_BPS,
    GPU_CLASSES,
    ONE,
    PARAMETERS,
    Rates,
    initial_value,
    minimum_stake,
)

SCENARIOS = Path(__file__).parent / "scenarios"
YEAR = 365


class ScenarioError(ValueError):
    """A scenario says what can't be: the message names the field."""


def pha(amount: object) -> int:
    """Wei of an amount in PHA, exact. Raises ScenarioError."""
    with localcontext() as context:
        context.prec = 60
        try:
            wei = Decimal(str(amount).replace("_", "")) * ONE
        except InvalidOperation:
            raise ScenarioError(f"not an amount of PHA: {amount!r}") from None
        if not wei.is_finite() or wei < 0 or wei != wei.to_integral_value():
            raise ScenarioError(f"not an amount of PHA with at most 18 decimals: {amount!r}")
        return int(wei)


@dataclass(frozen=True)
class WorkerGroup:
    """Workers that are alike. `stake` is locked for each; `gpu` is a model's name, or empty; `gpus` how many it has."""

    count: int
    confidence: int = 1
    performance: int = 1_500
    stake: int = 15_000 * ONE
    gpu: str = ""
    gpus: int = 0
    arrivals_a_year: int = 0
    leavings_a_year: int = 0

    @property
    def name(self) -> str:
        """A name a person can read."""
        gpu = f", {self.gpus} {self.gpu}" if self.gpu else ""
        return f"level {self.confidence}{gpu}, P {self.performance}"

    @property
    def weight_bps(self) -> int:
        """What its share is multiplied with."""
        return GPU_CLASSES[self.gpu][0] if self.gpu else BPS

    @property
    def collateral(self) -> int:
        """The least stake that its GPUs ask for."""
        return GPU_CLASSES[self.gpu][1] * self.gpus if self.gpu else 0


@dataclass(frozen=True)
class Slashing:
    """Offences expected a year, by level; each hits a worker taken at random, executed a day after its filing."""

    level_1_a_year: int = 12
    level_2_a_year: int = 6
    level_3_a_year: int = 2
    level_4_a_year: int = 1
    level_bps: tuple[int, ...] = SLASH_LEVEL_BPS
    reporter_share_bps: int = REPORTER_SHARE_BPS
    burn_share_bps: int = BURN_SHARE_BPS
    replaced_bps: int = 8_000
    """Of the workers that were caught, those whose operators start another like it at once."""

    @property
    def a_year(self) -> tuple[int, ...]:
        """Expected number by level."""
        return (self.level_1_a_year, self.level_2_a_year, self.level_3_a_year, self.level_4_a_year)


@dataclass(frozen=True)
class Delegation:
    """Delegators: what they stake at first, and how much of the stake comes and goes in a year."""

    circulating: int = 145_357_088_293045867646000000
    staked: int = 42_148_385_793480375048000000
    pools: int = 20
    delegators_a_pool: int = 5
    commission_bps: int = 1_000
    bond: int = 20_000 * ONE
    vault_bps: int = 5_000
    vault_fee_bps: int = 500
    voting_bps: int = 6_000
    joining_bps_a_year: int = 2_000
    leaving_bps_a_year: int = 2_000


@dataclass(frozen=True)
class Emission:
    """The reserve and the schedule, the split, and what moves a worker's value."""

    reserve: int = 191_763_908_252539075609000000
    first_amount: int = 720_000 * ONE
    period_days: int = 180
    retained_bps: int = 7_500
    treasury_bps: int = PARAMETERS["TreasuryShareBps"]
    stakers_bps: int = PARAMETERS["StakersShareBps"]
    growth_e18: int = PARAMETERS["GrowthPerDayE18"]
    max_value: int = PARAMETERS["MaxValueE18"]
    stake_per_root: int = PARAMETERS["StakePerRootPerformanceE18"]
    stake_multiplier_e18: int = PARAMETERS["StakeMultiplierE18"]

    @property
    def rates(self) -> Rates:
        """What moves a worker's value."""
        return Rates(growth_e18=self.growth_e18, max_value=self.max_value)

    def minimum(self, group: WorkerGroup) -> int:
        """The least stake that a worker of the group may start with."""
        return max(minimum_stake(group.performance, self.stake_per_root), group.collateral)

    def initial_value(self, group: WorkerGroup) -> int:
        """The value that a worker of the group starts with."""
        confidence = CONFIDENCE_BPS[group.confidence - 1]
        return initial_value(group.stake, group.performance, confidence, self.stake_multiplier_e18)

    @property
    def lasting_amount(self) -> int:
        """The first day's wei at which all that the schedule will ever release is what the reserve holds."""
        return self.reserve * (BPS - self.retained_bps) // (self.period_days * BPS)


def default_groups() -> tuple[WorkerGroup, ...]:
    """300 workers over all confidence levels and GPU models; how many of each is ours."""
    return (
        WorkerGroup(110, 1, arrivals_a_year=20, leavings_a_year=15),
        WorkerGroup(60, 2, arrivals_a_year=10, leavings_a_year=10),
        WorkerGroup(40, 3, performance=1_000, stake=12_000 * ONE, arrivals_a_year=5, leavings_a_year=10),
        WorkerGroup(30, 4, performance=1_000, stake=12_000 * ONE, leavings_a_year=3),
        WorkerGroup(20, 5, performance=800, stake=10_000 * ONE, leavings_a_year=3),
        WorkerGroup(20, 1, 2_000, 16_000 * ONE, "H100", 8, arrivals_a_year=4),
        WorkerGroup(12, 1, 2_000, 16_000 * ONE, "H200", 8, arrivals_a_year=4),
        WorkerGroup(8, 1, 2_000, 20_000 * ONE, "B200", 8, arrivals_a_year=4),
    )


@dataclass(frozen=True)
class Scenario:
    """All that a run depends on. The same scenario gives the same run, to the last wei."""

    title: str = "The published schedule from the reserve of the sunset"
    years: int = 5
    seed: int = 1
    first_day: int = 20_454
    """UTC day since 1970 on which staking opens (1 January 2026); the schedule begins the day after."""
    unanswered_bps: int = 50
    """Of a worker's days, those on which it does not answer."""
    workers: tuple[WorkerGroup, ...] = field(default_factory=default_groups)
    delegation: Delegation = field(default_factory=Delegation)
    emission: Emission = field(default_factory=Emission)
    slashing: Slashing = field(default_factory=Slashing)

    def __post_init__(self) -> None:
        _require(1 <= self.years <= 50, "years: 1 to 50")
        _require(self.first_day > 0 and 0 <= self.unanswered_bps <= BPS, "first_day, unanswered_bps: out of bounds")
        _require(bool(self.workers), "workers: at least one group")
        for group in self.workers:
            self._check_group(group)
        delegation, emission, slashing = self.delegation, self.emission, self.slashing
        _require(1 <= delegation.pools <= 1_000, "delegation.pools: 1 to 1000")
        _require(1 <= delegation.delegators_a_pool <= 100, "delegation.delegators_a_pool: 1 to 100")
        needed = delegation.staked + delegation.bond * delegation.pools
        _require(needed <= delegation.circulating, "delegation: stake and bonds are more than is in circulation")
        for name in ("commission_bps", "vault_bps", "vault_fee_bps", "voting_bps"):
            _require(0 <= getattr(delegation, name) <= BPS, f"delegation.{name}: 0 to {BPS}")
        _require(emission.treasury_bps + emission.stakers_bps <= BPS, "emission: shares above the whole")
        _require(emission.period_days >= 30 and 0 <= emission.retained_bps <= BPS, "emission: not a falling schedule")
        _require(emission.first_amount < 1 << 90, "emission.first_amount: above 90 bits")
        levels = slashing.level_bps
        _require(len(levels) == 4 and list(levels) == sorted(levels), "slashing.level_bps: four, never falling")
        _require(levels[0] >= 0 and levels[-1] <= BPS, f"slashing.level_bps: 0 to {BPS}")
        _require(slashing.reporter_share_bps <= 2_000, "slashing.reporter_share_bps: at most 2000")
        _require(slashing.replaced_bps <= BPS, f"slashing.replaced_bps: at most {BPS}")
        _require(slashing.burn_share_bps <= BPS, f"slashing.burn_share_bps: at most {BPS}")

    def _check_group(self, group: WorkerGroup) -> None:
        _require(1 <= group.confidence <= 5, f"workers: no confidence level {group.confidence}")
        _require(not group.gpu or group.gpu in GPU_CLASSES, f"workers: no GPU model {group.gpu!r}")
        _require((group.gpus > 0) == bool(group.gpu), "workers: gpu and gpus go together")
        bounds = PARAMETERS["MinPerformance"], PARAMETERS["MaxPerformance"]
        _require(bounds[0] <= group.performance <= bounds[1], f"workers: performance {bounds[0]} to {bounds[1]}")
        minimum, value = self.emission.minimum(group), self.emission.initial_value(group)
        _require(group.stake >= minimum, f"workers: {group.name}: stake under its minimum of {_shown(minimum)} PHA")
        _require(
            value <= self.emission.max_value,
            f"workers: {group.name}: a stake that makes a value above {_shown(self.emission.max_value)} PHA",
        )


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ScenarioError(message)


AMOUNTS = frozenset(
    {"circulating", "staked", "bond", "reserve", "first_amount", "stake", "max_value", "stake_per_root"}
)
_PARTS: dict[str, type] = {"delegation": Delegation, "emission": Emission, "slashing": Slashing}


class _ExactLoader(yaml.SafeLoader):
    """YAML as usual, but numbers with decimals stay text: a float would lose wei."""


_ExactLoader.yaml_constructors = {
    **yaml.SafeLoader.yaml_constructors,
    "tag:yaml.org,2002:float": yaml.SafeLoader.yaml_constructors["tag:yaml.org,2002:str"],
}


def _read(text: str) -> Any:
    try:
        return yaml.load(text, _ExactLoader)
    except yaml.YAMLError as error:
        raise ScenarioError(f"not YAML: {error}") from None


def load_scenario(path: Path | None = None, overrides: tuple[str, ...] = ()) -> Scenario:
    """The scenario of a YAML file (or the defaults), with `name=value` or `part.name=value` put over it.

    Raises ScenarioError.
    """
    told = _read(path.read_text(encoding="utf-8")) if path else {}
    if not isinstance(told, dict):
        raise ScenarioError("a scenario is a mapping of names")
    for override in overrides:
        name, equals, value = override.partition("=")
        *parts, last = name.split(".")
        if not equals or len(parts) > 1:
            raise ScenarioError(f"not name=value or part.name=value: {override!r}")
        place = told.setdefault(parts[0], {}) if parts else told
        if not isinstance(place, dict):
            raise ScenarioError(f"{parts[0]} has no names")
        place[last] = _read(value)
    return scenario_of(told)


def scenario_of(told: dict[str, Any]) -> Scenario:
    """A scenario from names and values as YAML has them. Raises ScenarioError."""
    told = dict(told)
    fields: dict[str, Any] = {name: _built(part, told.pop(name, {}), name) for name, part in _PARTS.items()}
    if "workers" in told:
        groups = told.pop("workers")
        _require(isinstance(groups, list), "workers: a list of groups")
        fields["workers"] = tuple(_built(WorkerGroup, group, "workers") for group in groups)
    return Scenario(**fields, **_values(Scenario, told, "scenario"))


def _built(kind: type, told: Any, where: str) -> Any:
    _require(isinstance(told, dict), f"{where}: a mapping of names")
    try:
        return kind(**_values(kind, told, where))
    except TypeError:
        raise ScenarioError(f"{where}: a name is missing") from None


def _values(kind: type, told: dict[str, Any], where: str) -> dict[str, Any]:
    known = {each.name: each.type for each in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    for name, value in told.items():
        _require(name in known, f"{where}: no field {name!r}")
        values[name] = _value(name, value, str(known[name]), where)
    return values


def _value(name: str, value: Any, kind: str, where: str) -> Any:
    if name in AMOUNTS:
        return pha(value)
    if kind == "str":
        return str(value)
    if kind.startswith("tuple"):
        _require(isinstance(value, list) and all(type(each) is int for each in value), f"{where}.{name}: whole numbers")
        return tuple(value)
    _require(type(value) is int and value >= 0, f"{where}.{name}: a whole number, not {value!r}")
    return value


def told_of(scenario: Scenario) -> dict[str, Any]:
    """The scenario as names and values, ready for YAML: what `scenario_of` reads back to the same."""
    return {name: _told(name, value) for name, value in dataclasses.asdict(scenario).items()}


def _told(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _told(inner, each) for inner, each in value.items()}
    if isinstance(value, list | tuple):
        return [_told(name, each) for each in value]
    return _shown(value) if name in AMOUNTS else value


def _shown(wei: int) -> int | str:
    whole, rest = divmod(wei, ONE)
    return f"{whole}.{rest:018d}".rstrip("0") if rest else whole
