# SPDX-License-Identifier: Apache-2.0
"""Proposals as people write them, what they would change, and the table of everything a vote can set."""
