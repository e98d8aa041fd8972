// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {INvidiaRevocations} from "./INvidiaRevocations.sol";
import {RevocationName} from "./RevocationName.sol";

/// @title Which of NVIDIA's certificates, keys and firmware are out of use
/// @notice See {INvidiaRevocations}. Why governance says so, and not NVIDIA's OCSP answers: see "Revocation" in the domain's
/// README.
contract NvidiaRevocations is INvidiaRevocations, AccessManaged {
    mapping(bytes32 name => Standing) private _standings;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc INvidiaRevocations
    function hold(bytes32 name, string calldata why) external restricted {
        Standing standing = _standings[name];
        require(standing == Standing.Good, RefusedAlready(name, standing));
        _set(name, standing, Standing.OnHold, why);
    }

    /// @inheritdoc INvidiaRevocations
    function setStanding(bytes32 name, Standing standing, string calldata why) external restricted {
        Standing from = _standings[name];
        require(from != Standing.Revoked, RevokedForGood(name));
        _set(name, from, standing, why);
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
        return RevocationName.ofCertificate(issuer, issuerKey, serial);
    }

    /// @inheritdoc INvidiaRevocations
    function nameOfKey(bytes32 keyHash) external pure returns (bytes32) {
        return RevocationName.ofKey(keyHash);
    }

    /// @inheritdoc INvidiaRevocations
    function nameOfFirmware(bytes32 firmware) external pure returns (bytes32) {
        return RevocationName.ofFirmware(firmware);
    }

    function _set(bytes32 name, Standing from, Standing to, string calldata why) private {
        require(bytes(why).length != 0, ReasonMissing(name));
        _standings[name] = to;
        emit StandingSet(name, from, to, why);
    }
}
