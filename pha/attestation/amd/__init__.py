# SPDX-License-Identifier: Apache-2.0
"""AMD SEV-SNP: reports and certificates parsed, explained, made ready for the chain, and generated."""
