// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {IAttestationRegistry} from "../attestation/registry/IAttestationRegistry.sol";

/// @title Attestations that a test makes up, as far as dstack's contracts ask for them
contract MockDstackAttestations {
    mapping(address key => IAttestedKeys.Standing) private _standings;
    mapping(address key => bytes12) private _reportTags;

    function set(address key, IAttestedKeys.Standing calldata standing, bytes calldata report) external {
        _standings[key] = standing;
        _reportTags[key] = bytes12(keccak256(report));
    }

    function standingOf(address key) external view returns (IAttestedKeys.Standing memory) {
        return _standings[key];
    }

    function recordOf(address key) external view returns (IAttestationRegistry.Record memory record) {
        record.reportTag = _reportTags[key];
    }
}
