// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IEvidenceVerifier} from "../IEvidenceVerifier.sol";

/// @title What the verifier of SEV-SNP reports has beyond all verifiers
/// @notice Evidence is the report as firmware gives it (1,184 bytes), the hints for its signature (6,288 bytes), and the
/// certificate of the key that signed it: the 32 bytes of its id where it is kept already, else a byte with the
/// index of its issuer and then its DER. The key's P-384 table must have been proven before.
///
/// A verdict's `platform` is the Keccak-256 of the chip's id as reports have it, 64 bytes: that of the VCEK, which is the
/// report's unless that is masked; for a VLEK that of the report, and zero where it is masked. `platformModel` is the
/// product line's name, `collateral` its number, `evaluationNumber` the revision of the floors it was judged by, and
/// `status` is `OutOfDate` below the TCB floor. In `report` REPORT_DATA stands at 0x50 (64 bytes), MEASUREMENT at 0x90 (48)
/// and HOST_DATA at 0xc0 (32).
interface ISnpVerifier is IEvidenceVerifier {
    /// @notice Allow a guest that its host may debug, that is read and change. Bit 0 of the allowances.
    function ALLOW_DEBUG() external view returns (uint256);

    /// @notice Allow a guest that a migration agent may move to another platform. Bit 1.
    function ALLOW_MIGRATION() external view returns (uint256);

    /// @notice Allow a report whose chip's id the host has masked. Bit 2. With a VCEK the platform is known all the
    /// same, with a VLEK it is not.
    function ALLOW_MASKED_CHIP() external view returns (uint256);

    /// @notice Allow a report signed with a key that a cloud provider loaded (VLEK): many chips share it, and nothing but
    /// the provider's care binds it to one. Bit 3.
    function ALLOW_LOADED_KEY() external view returns (uint256);

    /// @notice Allow a report asked for by software below the highest privilege level (VMPL 1 to 3), whose REPORT_DATA
    /// the software above it did not choose. Bit 4.
    function ALLOW_LOWER_VMPL() external view returns (uint256);

    /// @notice Allow evidence without a revocation list that is good now. Bit 5. What is known to be revoked stays
    /// refused.
    function ALLOW_STALE_REVOCATION() external view returns (uint256);
}
