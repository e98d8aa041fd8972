from pha.cryptography.p384_hints import signature_hints
from tests.p384_chain import *

def test_smoke(project, deployer):
    registry, verifier = deploy_verifier(project, deployer)
    key = Key.of(12345)
    for r in register(registry, deployer, key.job): print("step gas", r.gas_used)
    d = sha384(b"x"); sig = key.sign(d); h = signature_hints(d, sig, key.job.table)
    assert verify(verifier, key.name, d, sig, h)
    r = verifier.verify.transact(key.name, d[:32], d[32:], sig, h, sender=deployer)
    print("verify gas", r.gas_used)
