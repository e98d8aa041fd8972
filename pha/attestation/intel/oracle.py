# SPDX-License-Identifier: Apache-2.0
"""The verdict of an independent verifier: `dcap-qvl`, written in Rust by others, 0.7.0 or later."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import dcap_qvl  # type: ignore[import-untyped]

from pha.attestation.intel.collateral import Collateral

#: Older releases compare TDX components 0 and 1 where they must not.
OLDEST_VERSION = (0, 7, 0)


@dataclass(frozen=True)
class OracleVerdict:
    """What `dcap-qvl` said: a status with advisories, or (status None) the reason of its refusal."""

    status: str | None
    advisory_ids: tuple[str, ...] = ()
    ppid: bytes = b""
    refusal: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether there is a status at all."""
        return self.status is not None


def judge(quote: bytes, collateral: Collateral | str, at: int, root_der: bytes | None = None) -> OracleVerdict:
    """Have a quote judged.

    Args:
        quote: raw quote.
        collateral: parsed, or the JSON text itself where it is deliberately broken.
        at: Unix seconds.
        root_der: the root to trust; the vendor's own where None.

    Raises:
        RuntimeError: the installed `dcap-qvl` is too old to be believed.
    """
    found = version("dcap-qvl")
    if tuple(int(part) for part in found.split(".")[:3]) < OLDEST_VERSION:
        raise RuntimeError(f"dcap-qvl {found} is installed, 0.7.0 or later is needed")
    text = collateral if isinstance(collateral, str) else collateral.to_json()
    try:
        material = dcap_qvl.QuoteCollateralV3.from_json(text)
        if root_der is None:
            report = dcap_qvl.verify(quote, material, at)
        else:
            report = dcap_qvl.verify_with_root_ca(quote, material, root_der, at)
    except ValueError as error:
        return OracleVerdict(None, refusal=str(error))
    return OracleVerdict(report.status, tuple(report.advisory_ids), bytes(report.ppid))
