// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Verdict} from "../../Verdict.sol";
import {CollateralKey} from "../../intel/CollateralKey.sol";
import {IIntelCertificates} from "../../intel/IIntelCertificates.sol";
import {IIntelCollateral} from "../../intel/IIntelCollateral.sol";
import {IntelQuoteVerifier} from "../../intel/IntelQuoteVerifier.sol";
import {IEvidenceReader} from "../IEvidenceReader.sol";
import {CpuReader} from "./CpuReader.sol";
import {IntelConfidence} from "./IntelConfidence.sol";

/// @title What reading an enclave's quote and a TD's has in common
/// @notice A ground is the key of a platform's TCB Info; its epoch is the evaluation number of the TCB Info above that of the
/// quoting enclave's identity, each below the index of who signed it: what a signer said who is revoked by now must be
/// told from the same said by another. Which CA issued a platform's certificate is not part of it: to ask would make each
/// renewal dearer, and a revoked CA shows in every certificate below it.
abstract contract IntelReader is CpuReader {
    uint256 private constant ROOT = 0;
    uint8 private constant EPOCH_SHIFT = 32;
    uint8 private constant SIGNER_SHIFT = 24;

    IIntelCertificates private immutable CERTIFICATES;
    IIntelCollateral private immutable COLLATERAL;
    bytes32 private immutable IDENTITY_KEY;

    constructor(IntelQuoteVerifier verifier, bytes32 identityKey) CpuReader(verifier) {
        CERTIFICATES = verifier.CERTIFICATES();
        COLLATERAL = verifier.COLLATERAL();
        IDENTITY_KEY = identityKey;
    }

    /// @inheritdoc IEvidenceReader
    function groundProblem(bytes32, uint96 epoch) external view returns (bytes32) {
        if (_isRevoked(ROOT)) return "RootRevoked";
        if (_isRevoked(uint8(epoch >> SIGNER_SHIFT)) || _isRevoked(uint8(epoch >> (EPOCH_SHIFT + SIGNER_SHIFT)))) {
            return "TcbSignerRevoked";
        }
        return 0;
    }

    /// @inheritdoc IEvidenceReader
    function certificateProblem(bytes32 certificate) external view returns (bytes32) {
        IIntelCertificates.Pck memory pck = CERTIFICATES.getPck(certificate);
        if (CERTIFICATES.isRevoked(pck.authority, pck.serial)) return "PckRevoked";
        if (_isRevoked(pck.authority)) return "PckCaRevoked";
        return 0;
    }

    /// @inheritdoc IEvidenceReader
    function epochOf(bytes32 ground) public view override returns (uint96) {
        return (_markOf(ground) << EPOCH_SHIFT) | _markOf(IDENTITY_KEY);
    }

    function _groundOf(Verdict memory verdict) internal pure override returns (bytes32) {
        return verdict.collateral;
    }

    function _confidenceOf(Verdict memory verdict) internal pure override returns (uint8) {
        return IntelConfidence.confidenceFor(verdict.status, verdict.advisories);
    }

    /// @dev 8 bits for the signer, 24 for the evaluation number.
    function _markOf(bytes32 key) private view returns (uint96) {
        IIntelCollateral.Collateral memory text = COLLATERAL.get(key);
        return (uint96(text.signer) << SIGNER_SHIFT) | text.evaluationNumber;
    }

    /// @dev Whether the root has revoked an authority below it, or itself.
    function _isRevoked(uint256 authority) private view returns (bool) {
        return CERTIFICATES.isRevoked(ROOT, CERTIFICATES.getAuthority(authority).serial);
    }
}
