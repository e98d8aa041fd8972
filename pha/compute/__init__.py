# SPDX-License-Identifier: Apache-2.0
"""Paying for confidential machines and answering contracts: the worker's side and the customer's."""
