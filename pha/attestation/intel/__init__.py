# SPDX-License-Identifier: Apache-2.0
"""Intel SGX and TDX: quotes, PCK certificates, TCB Info, QE identities, revocation lists, verdicts."""
