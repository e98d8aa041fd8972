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
/// quoting enclave's identity. Which CA issued a platform's certificate is not part of it: to ask would make each
/// renewal dearer, and a revoked CA shows in every certificate below it.
abstract contract IntelReader is CpuReader {
    uint256 private constant ROOT = 0;
    uint256 private constant EPOCH_SHIFT = 32;

    IIntelCertificates private immutable CERTIFICATES;
    IIntelCollateral private immutable COLLATERAL;
    bytes32 private immutable IDENTITY_KEY;

    constructor(IntelQuoteVerifier verifier, bytes32 identityKey) CpuReader(verifier) {
        CERTIFICATES = verifier.CERTIFICATES();
        COLLATERAL = verifier.COLLATERAL();
        IDENTITY_KEY = identityKey;
    }

    /// @inheritdoc IEvidenceReader
    function groundProblem(bytes32 ground) external view returns (bytes32) {
        IIntelCollateral.Collateral memory tcbInfo = COLLATERAL.get(ground);
        IIntelCollateral.Collateral memory identity = COLLATERAL.get(IDENTITY_KEY);
        if (_isRevoked(tcbInfo.signer) || _isRevoked(identity.signer)) return "TcbSignerRevoked";
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
        uint96 tcbInfo = COLLATERAL.get(ground).evaluationNumber;
        return (tcbInfo << EPOCH_SHIFT) | COLLATERAL.get(IDENTITY_KEY).evaluationNumber;
    }

    function _groundOf(Verdict memory verdict) internal pure override returns (bytes32) {
        return verdict.collateral;
    }

    function _confidenceOf(Verdict memory verdict) internal pure override returns (uint8) {
        return IntelConfidence.confidenceFor(verdict.status, verdict.advisories);
    }

    /// @dev Whether the root has revoked an authority below it.
    function _isRevoked(uint256 authority) private view returns (bool) {
        return CERTIFICATES.isRevoked(ROOT, CERTIFICATES.getAuthority(authority).serial);
    }
}
