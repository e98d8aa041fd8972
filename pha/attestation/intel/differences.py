# SPDX-License-Identifier: Apache-2.0
"""Where this suite and `dcap-qvl` 0.7.0 part on purpose, by the place of the mutation that shows it.

Everything else must agree: status, and advisories as a set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One rule that differs.

    Attributes:
        places: pattern of `Case.place`.
        stricter: True where this suite refuses what `dcap-qvl` lets pass; False where it is the other way
            round, or where both accept with another status.
        why: the reason.
    """

    places: str
    stricter: bool
    why: str


DIFFERENCES: tuple[Difference, ...] = (
    Difference(r"(tcb_info|pck\.extension)\.pce_id", True, "the PCK's pceId must be that of the TCB Info"),
    Difference(r"tcb_info\.(tcb_type|version)|qe_identity\.version", True, "formats nobody has defined"),
    Difference(r"root\.(not_before|not_after|path_length|is_ca)", True, "the root has dates and a role as well"),
    Difference(
        r"(root|platform_ca|processor_ca|tcb_signing|pck)\.common_name",
        True,
        "what a certificate may sign follows from its name",
    ),
    Difference(r"(tcb_info_chain|qe_identity_chain)", True, "only a TCB signing certificate may sign these"),
    Difference(r"body\.attributes", True, "the keys to provision and launch, and reserved bits, need a policy"),
    Difference(r"body\.td_attributes", True, "attribute bits without a published meaning need a policy"),
    Difference(r"pck\.extension\.sgx_type", True, "kinds of memory protection nobody has defined"),
    Difference(r"quote:(outer_certification_type|certification_length)", True, "lengths and types must fit"),
    Difference(r"quote:pem\[2\]|quote:pem_terminator", True, "every certificate of the chain must be readable"),
    Difference(r"collateral:\w+_chain", True, "every certificate of a chain must be readable"),
    Difference(r"(tcb_info|qe_identity):date_form", True, "dates stand in the vendor's one form"),
    Difference(r"tcb_info:component_(added|left_out)", True, "there are sixteen components"),
    Difference(r"(tcb_info|qe_identity):member_(doubled|left_out)", True, "each member stands once"),
    Difference(
        r"(tcb_info|qe_identity)(:status_unknown|\..*\.status)",
        True,
        "levels have the statuses that the vendor defines for them",
    ),
    Difference(r"pck\.extension\.(components\[\d+\]|cpu_svn)", False, "components are compared, not CPUSVN"),
    Difference(r"pck\.extension\.pce_svn", False, "a PCESVN over 32767 takes three bytes in DER"),
    Difference(r"\w+\.path_length", False, "a path length over 255 is absurd and harmless"),
    Difference(r"tcb_info:levels_swapped", False, "levels count in the order of the signed text"),
    Difference(r"header\.version", False, "SGX quotes may be of versions 4 and 5"),
)


def known_difference(place: str) -> Difference | None:
    """The difference that a mutation at `place` may show, if any."""
    return next((entry for entry in DIFFERENCES if re.fullmatch(entry.places, place)), None)
