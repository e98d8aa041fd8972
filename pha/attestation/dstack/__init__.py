# SPDX-License-Identifier: Apache-2.0
"""Event logs of TDX guests, and what a dstack guest proves by its own."""
