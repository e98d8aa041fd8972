// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {INvidiaRevocations} from "./INvidiaRevocations.sol";

/// @title Which of NVIDIA's certificates governance has taken out of use
/// @notice Why governance, and not NVIDIA's OCSP answers: see "Revocation" in the domain's README.
contract NvidiaRevocations is INvidiaRevocations, AccessManaged {
    mapping(bytes32 name => Standing) private _standings;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc INvidiaRevocations
    function setStanding(bytes32 name, Standing standing, string calldata why) external restricted {
        require(bytes(why).length != 0, ReasonMissing(name));
        Standing from = _standings[name];
        require(from != Standing.Revoked, RevokedForGood(name));
        _standings[name] = standing;
        emit StandingSet(name, from, standing, why);
    }

    /// @inheritdoc INvidiaRevocations
    function standingOf(bytes32 name) external view returns (Standing) {
        return _standings[name];
    }

    /// @inheritdoc INvidiaRevocations
    function worstOf(bytes32[] calldata names) external view returns (Standing worst) {
        for (uint256 i; i < names.length; ++i) {
            Standing standing = _standings[names[i]];
            if (standing > worst) worst = standing;
        }
    }

    /// @inheritdoc INvidiaRevocations
    function nameOf(bytes32 issuer, bytes32 issuerKey, bytes32 serial) external pure returns (bytes32) {
        return keccak256(abi.encode(issuer, issuerKey, serial));
    }
}
