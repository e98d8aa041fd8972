# SPDX-License-Identifier: Apache-2.0
"""The suite's Python library, by the same domains as `contracts/`. It needs neither ape nor a network."""
