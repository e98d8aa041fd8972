# SPDX-License-Identifier: Apache-2.0
"""What the contracts of contracts/cryptography take as hints, made from keys, messages and signatures."""
