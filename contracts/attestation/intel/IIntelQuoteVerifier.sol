// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";

/// @title What verifiers of Intel's quotes have beyond all verifiers
interface IIntelQuoteVerifier is IEvidenceVerifier {
    /// @notice Allow a debug enclave or TD, whose memory its host can read and change. Bit 0 of the allowances.
    function ALLOW_DEBUG() external view returns (uint256);

    /// @notice Allow attribute bits that have no meaning here, the migration of a TD among them. Bit 1.
    function ALLOW_RESERVED_ATTRIBUTES() external view returns (uint256);

    /// @notice Allow a TD that gets an exception where its host withdraws memory (SEPT_VE_DISABLE unset). Bit 2.
    function ALLOW_SEPT_VE() external view returns (uint256);

    /// @notice Allow a TD bound to a service TD (MRSERVICETD not zero). Bit 3.
    function ALLOW_SERVICE_TD() external view returns (uint256);

    /// @notice Allow an enclave with access to the provisioning key. Bit 4.
    function ALLOW_PROVISION_KEY() external view returns (uint256);

    /// @notice Allow an enclave with access to the launch token key. Bit 5.
    function ALLOW_EINITTOKEN_KEY() external view returns (uint256);
}
