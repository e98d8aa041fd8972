// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";

/// @title An attestation registry that says what tests write
contract MockWorkerKeys is IAttestedKeys {
    mapping(address key => Standing) private _standings;

    function setStanding(address key, bool attested, uint8 confidence, uint8 deviceCount, bytes32 model) external {
        Standing storage standing = _standings[key];
        (standing.attested, standing.confidence) = (attested, confidence);
        (standing.deviceCount, standing.deviceModel) = (deviceCount, model);
        standing.reason = attested ? bytes32(0) : bytes32("lapsed");
    }

    function isAttested(address key) external view returns (bool) {
        return _standings[key].attested;
    }

    function standingOf(address key) external view returns (Standing memory) {
        return _standings[key];
    }
}
