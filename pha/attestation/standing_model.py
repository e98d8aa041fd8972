# SPDX-License-Identifier: Apache-2.0
"""Who must be attested, reckoned from what happened and not from the registry's storage.

A model of the rules in the registry's README that shares nothing with the contract: it keeps the history of vendors and
governance as lists of dated facts and answers by looking through them, where the contract keeps ends and counters.
Times are Unix seconds. A fact dated t holds in the block of time t.
"""

from __future__ import annotations

from dataclasses import dataclass, field

#: A look is noted down again after this part of the time for which it is good.
NOTE_EVERY = 4


@dataclass(frozen=True)
class Attestation:
    """Evidence that was accepted.

    Attributes:
        ground: what the vendor's word on would concern it.
        epoch: what that word was.
        identity: whose rule it satisfied, in force since `ruled_at`.
        reader: who read it.
        certificates: what may be revoked one by one.
        accepted_at: when the worker's evidence first was.
        judged_at: when it was last judged.
        valid_until: last second of all windows that went into it, and of the age its rule allows.
    """

    ground: str
    epoch: int
    identity: str
    ruled_at: int
    reader: int
    certificates: frozenset[str]
    accepted_at: int
    judged_at: int
    valid_until: int


@dataclass
class Ground:
    """The vendor's words on a ground, and when anybody looked.

    Attributes:
        published: (time, epoch) of each text, rising; the first is what there was before all.
        looks: when the registry was made to look, as far as it was noted.
    """

    published: list[tuple[int, int]]
    looks: list[int] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """The newest."""
        return self.published[-1][1]

    def epoch_at(self, time: int) -> int:
        """The word at a time."""
        return max((entry for entry in self.published if entry[0] <= time), key=lambda entry: entry[0])[1]


@dataclass
class Standing:
    """The model of a registry.

    Attributes:
        grace: seconds.
        look_again: seconds for which a look is good.
    """

    grace: int
    look_again: int
    grounds: dict[str, Ground] = field(default_factory=dict)
    workers: dict[str, Attestation] = field(default_factory=dict)
    fallen: set[str] = field(default_factory=set)
    retired: set[int] = field(default_factory=set)
    struck: dict[str, int] = field(default_factory=dict)
    rule_ends: dict[tuple[str, int], int] = field(default_factory=dict)
    """Last second of the rule that an identity had from a time on."""

    def accept(self, worker: str, attestation: Attestation) -> None:
        """Evidence was accepted."""
        self.workers[worker] = attestation
        self.fallen.discard(worker)

    def look(self, name: str, now: int) -> None:
        """The registry was made to look at a ground. A look soon after another that saw the same is not noted."""
        ground = self.grounds[name]
        if ground.looks:
            last = ground.looks[-1]
            if ground.epoch_at(last) == ground.epoch_at(now) and now <= last + self.look_again // NOTE_EVERY:
                return
        ground.looks.append(now)

    def end_rule(self, identity: str, ruled_at: int, now: int, *, at_once: bool) -> None:
        """A rule was replaced or removed; an end is only ever brought nearer."""
        end = now - 1 if at_once else now + self.grace
        key = (identity, ruled_at)
        self.rule_ends[key] = min(end, self.rule_ends.get(key, end))

    def is_attested(self, worker: str, now: int) -> bool:
        """Whether evidence for a worker must count now."""
        attestation = self.workers.get(worker)
        if attestation is None or worker in self.fallen or now > attestation.valid_until:
            return False
        if attestation.reader in self.retired:
            return False
        end = self.rule_ends.get((attestation.identity, attestation.ruled_at))
        if end is not None and now > end:
            return False
        if any(self.struck.get(name, -1) >= attestation.judged_at for name in attestation.certificates):
            return False
        return now <= self.collateral_end(attestation, now)

    def collateral_end(self, attestation: Attestation, now: int) -> int:
        """Last second at which the vendor's word lets an attestation count, as far as is known now."""
        ground = self.grounds[attestation.ground]
        same = [look for look in ground.looks if ground.epoch_at(look) == attestation.epoch]
        noticed = [look for look in ground.looks if look > max(same)]
        if not noticed and ground.epoch == attestation.epoch:
            return now
        # Grace after the change was noticed, or after the last look before it went stale.
        first = min(noticed, default=now)
        return min(first, max(same) + self.look_again) + self.grace

    def known_end(self, attestation: Attestation, now: int) -> int | None:
        """When an attestation ends for what is out of date, if it still counts and the registry knows of it."""
        ends = [self.rule_ends.get((attestation.identity, attestation.ruled_at))]
        if self.grounds[attestation.ground].epoch != attestation.epoch:
            ends.append(self.collateral_end(attestation, now))
        known = [end for end in ends if end is not None]
        if not known:
            return None
        end = min(*known, attestation.valid_until)
        return end if end >= now else None
