# SPDX-License-Identifier: Apache-2.0
"""Deploy steps, their data, and what joins them to ape."""
