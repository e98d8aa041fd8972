// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";

/// @title An attestation registry that says what tests write
/// @dev Two slots a key, so that what it costs to ask is near what the real one costs within a batch.
contract MockWorkerKeys is IAttestedKeys {
    struct Said {
        bool attested;
        uint8 confidence;
        uint8 deviceCount;
        bytes32 deviceModel;
    }

    mapping(address key => Said) private _said;

    function setStanding(address key, bool attested, uint8 confidence, uint8 deviceCount, bytes32 model) external {
        _said[key] = Said(attested, confidence, deviceCount, model);
    }

    function isAttested(address key) external view returns (bool) {
        return _said[key].attested;
    }

    function standingOf(address key) external view returns (Standing memory standing) {
        Said memory said = _said[key];
        (standing.attested, standing.confidence) = (said.attested, said.confidence);
        (standing.deviceCount, standing.deviceModel) = (said.deviceCount, said.deviceModel);
        if (!said.attested) standing.reason = "lapsed";
    }
}
