// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {MemberMessage} from "./MemberMessage.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";
import {ICompositeVerifier} from "./interfaces/ICompositeVerifier.sol";
import {IMigrationBridge} from "./interfaces/IMigrationBridge.sol";

/// @title The verifiers that a composite verifier asks
abstract contract CompositeVerifier is ICompositeVerifier {
    /// @dev Schemes are numbered from 0; those of the bridge end at 4. One immutable each, since a mapping would cost every
    /// claim a read of storage.
    uint256 private constant SCHEMES = 5;

    IAccountVerifier private immutable VERIFIER_0;
    IAccountVerifier private immutable VERIFIER_1;
    IAccountVerifier private immutable VERIFIER_2;
    IAccountVerifier private immutable VERIFIER_3;
    IAccountVerifier private immutable VERIFIER_4;

    constructor(IMigrationBridge.SchemeVerifier[] memory verifiers) {
        require(verifiers.length != 0, NoMemberVerifiers());
        IAccountVerifier[SCHEMES] memory byScheme;
        for (uint256 i = 0; i < verifiers.length; ++i) {
            uint8 scheme = verifiers[i].scheme;
            IAccountVerifier verifier = verifiers[i].verifier;
            require(scheme < SCHEMES, SchemeOutOfRange(scheme));
            require(address(byScheme[scheme]) == address(0), SchemeTwice(scheme));
            require(address(verifier).code.length != 0, MemberVerifierWithoutCode(scheme, address(verifier)));
            byScheme[scheme] = verifier;
        }
        VERIFIER_0 = byScheme[0];
        VERIFIER_1 = byScheme[1];
        VERIFIER_2 = byScheme[2];
        VERIFIER_3 = byScheme[3];
        VERIFIER_4 = byScheme[4];
    }

    /// @inheritdoc ICompositeVerifier
    function memberVerifierOf(uint8 scheme) public view returns (IAccountVerifier) {
        if (scheme == 0) return VERIFIER_0;
        if (scheme == 1) return VERIFIER_1;
        if (scheme == 2) return VERIFIER_2;
        if (scheme == 3) return VERIFIER_3;
        return scheme == 4 ? VERIFIER_4 : IAccountVerifier(address(0));
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
        IAccountVerifier verifier = memberVerifierOf(scheme);
        if (address(verifier) == address(0)) return false;
        (bool succeeded, bytes32 answer, ) = LowLevelCall.staticcallReturn64Bytes(
            address(verifier),
            abi.encodeCall(IAccountVerifier.verify, (member, message, evidence))
        );
        return succeeded && LowLevelCall.returnDataSize() >= 32 && answer == bytes32(uint256(1));
    }
}
