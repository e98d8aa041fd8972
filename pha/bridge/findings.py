# SPDX-License-Identifier: Apache-2.0
"""What a state holds that does not fit: each finding has a name, and only a named one may be lived with.

A build does not skip what it cannot read and does not guess at it. It collects every finding, counts them and
stops, unless the operator has accepted each by its name; what was accepted is published with the result.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from pha.bridge.errors import BridgeError

SHOWN = 5


class Finding(NamedTuple):
    """`name` is stable and says where (`undecodable:0x…`, `pool-shares:12`), `detail` says what is wrong."""

    name: str
    detail: str


class UnacceptedFindingsError(BridgeError):
    """Findings that nobody accepted by name."""


class NeedlessAcceptanceError(BridgeError):
    """A name accepted for which there is no finding: a typing error, or a list made for another state."""


def refuse_unaccepted(findings: Sequence[Finding], accepted: Collection[str] = ()) -> None:
    """Raises UnacceptedFindingsError or NeedlessAcceptanceError unless both lists name the same things."""
    names = {finding.name for finding in findings}
    if needless := sorted(set(accepted) - names):
        raise NeedlessAcceptanceError(f"accepted but not found in this state: {', '.join(needless[:SHOWN])}")
    if left := [finding for finding in findings if finding.name not in accepted]:
        shown = "; ".join(f"{name}: {detail}" for name, detail in left[:SHOWN])
        more = f"; and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
        raise UnacceptedFindingsError(
            f"not accepted ({len(left)} of {len(findings)} findings in the state): {shown}{more}"
        )
