# SPDX-License-Identifier: Apache-2.0
"""Deployment by numbered steps and an append-only journal, without knowledge of any framework."""
