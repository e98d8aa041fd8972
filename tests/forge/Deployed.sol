// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

// What the tests deploy from outside staking: named here, so that forge compiles it. Tests import interfaces only and
// deploy artifacts, so that they need not be compiled as the contracts are (through the IR, 10,000 runs: slow).
import {PhaAccessManager} from "../../contracts/governance/PhaAccessManager.sol";
import {MockAttestedKeys} from "../../contracts/mocks/MockAttestedKeys.sol";
import {MockPoolEarnings} from "../../contracts/mocks/MockPoolEarnings.sol";
import {MockSlashGround} from "../../contracts/mocks/MockSlashGround.sol";
import {PhaToken} from "../../contracts/token/PhaToken.sol";
