# SPDX-License-Identifier: Apache-2.0
"""Gas of P-384, SHA-384 and RSA-PSS: whole transactions with their calldata, unless the name says a block."""

from __future__ import annotations

import base64

from pha.cryptography.p384_hints import signature_hints
from tests.p384_chain import Key, deploy_verifier, join_signature, register, sha384

# RFC 6979, appendix A.2.6: a fixed key and signature, so that the figures are the same in every run.
SECRET = 0x6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5
SIGNATURE = join_signature(
    0x94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46,
    0x99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8,
)

# A key made for this test with an independent library, and its signature of "sample".
MODULUS = base64.b64decode(
    "tQnRjGjtVigpiIOQ+vkmqVXjnpkT9du78a91Nhzs/JVQyL0hnla5+erBdv0r76tUnr96TP2JS4QaLe9RV3JA0fvsYbmmFCHXrmin"
    "nE5GUMgNSUNwVmuc5l4s2EJ9VyacLFxBKSqlc/MX7aV1EFGEyVcw26wWoTM56ipt14/ULrrm9VYyCaMN+Fnt4CIIaQ8UHsDVCxcp"
    "z8KgKUN5jut18t8h3bRL6nOSz034xkab552fW8xF7zgdFvznXQfOAMu7UCCNoFRlHN9U0PNNpUuwHXqw/4qUefp+t44sOVPnjQQl"
    "ppbcjobVr5CGCWd3iz+0EuJ1oRkCUPVZv5uWdb5IdkayktLIIrMDgytq9zDNFH9s2q4XeIYLkKaOuy1m3La0hoBldCAnVssVP9Hq"
    "sO9BEzCp0I1I02z7Jjic0kQSVJChn7DDNnO4pK3Ql8DxEXmJoMPLlWGKld1cUa58v17Pow6HFUXhsoZMWiFX6saWIoGn36FD9QPN"
    "hkBUOacoG2Cv4MUJxwq6tMKZXIWHuFH09NF3qgY0PCZjuusmlwZO+sv32zzW2WZJy/ZZ9VANogv7/USQAcmwSDIDU0ylpN16gnt9"
    "UXLpWhmT10fFTmkYKNx6a6jS8MWNLwCSRl/I9ku0txSDbnMGnWqmKqKr4EyxAKxKX1z1ibogGa2vH1YxiAM="
)
RSA_SIGNATURE = base64.b64decode(
    "QtWU3C1YnE1bkSkmpypznJVgrQJ0aJI0NGbpUONIm2W3N0Gl1UJnOjxHVQzqhkn8Aq4XU87yqwB+KSm7A+q70hvsAQapeG1OLbjP"
    "J+tJ7PSPABl+bSqZFjH4U2U3Kz24X5RH3onc+xQrzV6Gb91iDOlIFJvYN80UnDsIPmY0AkGQzsLvjl4RiQBVyf8uQrZZS5MirjZI"
    "MmJNm00TbiGRMGylpea2vfojtwRK9QsK8AI62R1Jy8+F8Tm6GkcYXC13TRAEN9Yqa+0rxqeM4x2dY9T+yZnjWoPRZQ+LkyzVV5n1"
    "4ho4frrR+tQbkX3CEcD5LFJDPq5hajbZIK/MYdA6Rx4/ubjqdLYxchI3uD6KnH8MjdFuRHFmHW9en/BjwhgRyzGLd/JMsqqkstx5"
    "9y/mhfJfcr21LEfUSKqzcym1zaHwjL/2jjZwKcknIGgibeEFzbAVNdTwok24ZMKNoWvZH9a77p3Xdhxrrbl2c/xJ71nl+tXA4tvf"
    "tRplWY+6VMhnq5YJ6kDBhbISa3pCdg/WCw7iqis56zY1QEy9/8TVjxCqVdRRN7yn3RWK8VvYudrWJvuxCB696TAFWvAmnliEqVhS"
    "OxGNhq9BUUpYy03i0FnbTvCg/iOtB5Pln2K1hkEP8pXEmsck/Nd2sLfg8lZWQg3+e7k2k0MEyeE+MNMMxwM="
)


def test_p384(project, deployer, record_gas):
    registry, verifier = deploy_verifier(project, deployer)
    key = Key.of(SECRET)
    receipts = register(registry, deployer, key.job)
    total = 0
    for step, receipt in zip(("teeth", "entries"), receipts, strict=True):
        assert record_gas(f"crypto.p384.table_step_{step}", receipt) < 16_777_216
        total += receipt.gas_used
    record_gas("crypto.p384.table_total", total)

    digest = sha384(b"sample")
    hints = signature_hints(digest, SIGNATURE, key.job.table)
    arguments = (key.name, digest[:32], digest[32:], SIGNATURE, hints)
    assert verifier.verify(*arguments)
    receipt = verifier.verify.transact(*arguments, sender=deployer)
    assert record_gas("crypto.p384.verify_tabled", receipt) <= 650_000


def test_sha384(project, deployer, record_gas):
    contract = deployer.deploy(project.MockSha384)
    one, nine = (contract.gasOfDigest(bytes(range(100)) + bytes(128 * blocks)) for blocks in (0, 8))
    assert record_gas("crypto.sha384.block", (nine - one) // 8) <= 25_000
    record_gas("crypto.sha384.one_block_message", one)


def test_rsa_pss(project, deployer, record_gas):
    contract = deployer.deploy(project.MockRsaPss)
    digest = sha384(b"sample")
    arguments = (digest[:32], digest[32:], RSA_SIGNATURE, MODULUS)
    assert contract.verify(*arguments)
    record_gas("crypto.rsa4096_pss.verify", contract.verify.transact(*arguments, sender=deployer))
