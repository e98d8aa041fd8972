# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's GPU reports: read, explained, judged, and made ready for the chain."""
