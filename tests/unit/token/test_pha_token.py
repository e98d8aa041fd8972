def test_supply_is_one_billion(project, deployer, treasury):
    token = deployer.deploy(project.PhaToken, treasury)
    assert token.balanceOf(treasury) == 10**27
