import hashlib
def test_smoke(project, deployer):
    m = deployer.deploy(project.MockSha512Family)
    for n in (0,3,111,112,127,128,129,300):
        d=bytes(range(256))*2; d=d[:n]
        assert b"".join(m.sha384(d))==hashlib.sha384(d).digest(), n
        assert b"".join(m.sha512(d))==hashlib.sha512(d).digest(), n
    g=[m.gasOfSha384(bytes(n)) for n in (100,100+128,100+256)]
    print(g, g[1]-g[0], g[2]-g[1], len(m.code))
