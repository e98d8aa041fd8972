# SPDX-License-Identifier: Apache-2.0
"""The way of PHA from the parachain: chain state in, claims that the bridge contract accepts out."""
