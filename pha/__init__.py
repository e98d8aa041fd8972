# SPDX-License-Identifier: Apache-2.0
"""Phala on an Ethereum L2: the library behind the contracts. It knows no ape and needs no network."""
