// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Verdict} from "../../Verdict.sol";
import {AmdProduct} from "../../amd/AmdProduct.sol";
import {IAmdCertificates} from "../../amd/IAmdCertificates.sol";
import {ISnpFloors} from "../../amd/ISnpFloors.sol";
import {SnpVerifier} from "../../amd/SnpVerifier.sol";
import {IEvidenceReader} from "../IEvidenceReader.sol";
import {CpuReader} from "./CpuReader.sol";

/// @title SEV-SNP guests for the attestation registry
/// @notice Attributes are the guest's policy (8 bytes) and the platform's information (8), as they stand in the report. The
/// identity is the Keccak-256 of abi.encode("pha.identity.snp.v1", h), h being that of MEASUREMENT and HOST_DATA; there is no
/// other form.
///
/// AMD gives no status: a verifier's `UpToDate` means that the floor governance has set is reached. With a floor for the TCB the
/// confidence is 1, without one nobody has judged the firmware, and it is 5. A key that a provider has loaded is shared by
/// many chips, and nothing but the provider's care ties it to one: at best 3.
///
/// A ground is the product line with the index of the certificate's issuer above it; its epoch is the floors' revision.
contract SnpReader is CpuReader {
    uint256 private constant POLICY = 8;
    uint256 private constant PLATFORM_INFO = 64;
    uint256 private constant MEASUREMENT = 144;
    /// @dev 48 of the measurement, then 32 of the host's data.
    uint256 private constant MEASURED_BYTES = 80;
    uint256 private constant AUTHORITY_SHIFT = 8;

    IAmdCertificates private immutable CERTIFICATES;
    ISnpFloors private immutable FLOORS;

    constructor(SnpVerifier verifier) CpuReader(verifier) {
        CERTIFICATES = verifier.CERTIFICATES();
        FLOORS = verifier.FLOORS();
    }

    /// @inheritdoc IEvidenceReader
    function groundProblem(bytes32 ground, uint96) external view returns (bytes32) {
        return _authorityProblem(uint256(ground) >> AUTHORITY_SHIFT, _productOf(ground));
    }

    /// @inheritdoc IEvidenceReader
    function certificateProblem(bytes32 certificate) external view returns (bytes32) {
        IAmdCertificates.Endorsement memory endorsement = CERTIFICATES.getEndorsement(certificate);
        if (CERTIFICATES.isRevoked(endorsement.product, endorsement.serial)) return "EndorsementRevoked";
        return _authorityProblem(endorsement.authority, endorsement.product);
    }

    /// @inheritdoc IEvidenceReader
    function epochOf(bytes32 ground) public view override returns (uint96 revision) {
        (, revision) = FLOORS.floorOf(_productOf(ground));
    }

    function _groundOf(Verdict memory verdict) internal view override returns (bytes32) {
        uint256 authority = CERTIFICATES.getEndorsement(verdict.certificate).authority;
        return verdict.collateral | bytes32(authority << AUTHORITY_SHIFT);
    }

    function _identityOf(
        bytes memory report,
        bytes calldata proof
    ) internal pure override returns (bytes32 reason, bytes32 identity) {
        if (proof.length != 0) return ("ProofForm", 0);
        bytes32 measured = _hash(report, MEASUREMENT, MEASURED_BYTES);
        return (0, keccak256(abi.encode("pha.identity.snp.v1", measured)));
    }

    function _attributesOf(bytes memory report) internal pure override returns (bytes16) {
        return bytes16(bytes8(_word(report, POLICY))) | (bytes16(bytes8(_word(report, PLATFORM_INFO))) >> 64);
    }

    function _confidenceOf(Verdict memory verdict) internal view override returns (uint8) {
        (ISnpFloors.Floor memory floor, ) = FLOORS.floorOf(_productOf(verdict.collateral));
        if (floor.tcb == 0) return 5;
        IAmdCertificates.KeyKind key = CERTIFICATES.getEndorsement(verdict.certificate).kind;
        return key == IAmdCertificates.KeyKind.Vcek ? 1 : 3;
    }

    /// @dev The lowest byte, as the verifier writes it.
    function _productOf(bytes32 ground) private pure returns (AmdProduct) {
        return AmdProduct(uint8(uint256(ground)));
    }

    function _authorityProblem(uint256 authority, AmdProduct product) private view returns (bytes32) {
        if (CERTIFICATES.isRevoked(product, CERTIFICATES.getRoot(product).serial)) return "RootRevoked";
        if (CERTIFICATES.isRevoked(product, CERTIFICATES.getAuthority(authority).serial)) return "AuthorityRevoked";
        return 0;
    }
}
