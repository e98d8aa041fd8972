# SPDX-License-Identifier: Apache-2.0
"""Staking: an exact reference model of what the contracts do."""
