// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {MemberMessage} from "./MemberMessage.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";
import {ICompositeVerifier} from "./interfaces/ICompositeVerifier.sol";
import {IMigrationBridge} from "./interfaces/IMigrationBridge.sol";

/// @title The verifiers that a composite verifier asks
abstract contract CompositeVerifier is ICompositeVerifier {
    /// @dev Written by the constructor only.
    mapping(uint8 scheme => IAccountVerifier) private _verifiers;

    constructor(IMigrationBridge.SchemeVerifier[] memory verifiers) {
        require(verifiers.length != 0, NoMemberVerifiers());
        for (uint256 i = 0; i < verifiers.length; ++i) {
            uint8 scheme = verifiers[i].scheme;
            IAccountVerifier verifier = verifiers[i].verifier;
            require(address(_verifiers[scheme]) == address(0), SchemeTwice(scheme));
            require(address(verifier).code.length != 0, MemberVerifierWithoutCode(scheme, address(verifier)));
            _verifiers[scheme] = verifier;
        }
    }

    /// @inheritdoc ICompositeVerifier
    function memberVerifierOf(uint8 scheme) external view returns (IAccountVerifier) {
        return _verifiers[scheme];
    }

    /// @inheritdoc ICompositeVerifier
    function memberMessage(bytes32 account, bytes calldata message) external pure returns (bytes memory) {
        return MemberMessage.naming(account, message);
    }

    /// @dev Whether `member` agreed, in a scheme known here. A verifier that reverts, or answers anything but `true`, has
    /// shown nothing; its answer is never copied.
    function _isAgreed(
        uint8 scheme,
        bytes32 member,
        bytes memory message,
        bytes calldata evidence
    ) internal view returns (bool) {
        IAccountVerifier verifier = _verifiers[scheme];
        if (address(verifier) == address(0)) return false;
        (bool succeeded, bytes32 answer, ) = LowLevelCall.staticcallReturn64Bytes(
            address(verifier),
            abi.encodeCall(IAccountVerifier.verify, (member, message, evidence))
        );
        return succeeded && LowLevelCall.returnDataSize() >= 32 && answer == bytes32(uint256(1));
    }
}
