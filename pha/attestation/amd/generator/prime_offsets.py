# SPDX-License-Identifier: Apache-2.0
"""Where the searches for the test keys' primes end: what `rsa_keys.find_offset` finds, kept because it is slow."""

from __future__ import annotations

SEED = b"pha test evidence, amd"

#: By seed and name of the key: how far above `start_of_search` each of its two primes stands.
OFFSETS: dict[tuple[bytes, str], tuple[int, int]] = {
    (SEED, "ark-milan"): (114, 590),
    (SEED, "ask-milan"): (584, 476),
    (SEED, "asvk-milan"): (1396, 280),
    (SEED, "ark-genoa"): (554, 996),
    (SEED, "ask-genoa"): (2368, 1260),
    (SEED, "asvk-genoa"): (5290, 1406),
    (SEED, "ark-turin"): (1896, 14),
    (SEED, "ask-turin"): (1636, 2592),
    (SEED, "asvk-turin"): (1986, 918),
    (SEED, "ask-milan-next"): (6450, 1238),
}
