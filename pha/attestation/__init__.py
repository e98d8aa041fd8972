# SPDX-License-Identifier: Apache-2.0
"""Hardware evidence: parsed, explained, judged off chain and made into what the verifiers on chain take."""
