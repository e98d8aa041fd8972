# SPDX-License-Identifier: Apache-2.0
"""P-384 signatures: the tables of keys, which anyone has proven, and the verifier over them.

The verifier needs the table of the curve's generator. It is proven like that of any other key, so nothing here is
taken on trust; whoever proves it first, the step finds the table where the registry says.
"""

from eth_utils.crypto import keccak

from pha.cryptography.p384 import GENERATOR, encode_point
from pha.cryptography.p384_table_job import TableJob

KINDS = ("l2",)


def apply(m):
    m.deploy("p384_tables", "P384TableRegistry")
    job = TableJob(GENERATOR)
    key, slopes = job.prove_teeth().arguments
    m.call("p384_tables", "proveTeeth", key=key, slopes=slopes)
    key_hash, teeth, slopes = job.prove_table().arguments
    m.call("p384_tables", "proveTable", keyHash=key_hash, teeth=teeth, slopes=slopes)
    table, _ = m.read("p384_tables", "tableOf", key_hash)
    m.deploy("p384_verifier", "P384Verifier", registry_=m.address("p384_tables"), generatorTable_=table)


def verify(m):
    table, _ = m.read("p384_tables", "tableOf", keccak(encode_point(GENERATOR)))
    m.expect_read(m.address("p384_tables"), "p384_verifier", "registry")
    m.expect_read(table, "p384_verifier", "generatorTable")
