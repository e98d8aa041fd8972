// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {CollateralKey} from "../../intel/CollateralKey.sol";
import {SgxQuoteVerifier} from "../../intel/SgxQuoteVerifier.sol";
import {IntelReader} from "./IntelReader.sol";

/// @title SGX enclaves for the attestation registry
/// @notice Attributes are the sixteen bytes of ATTRIBUTES: flags and XFRM. An identity has one of two forms.
///
/// *Enclave*, without a proof: Keccak-256 of abi.encode("pha.identity.sgx.enclave.v1", MRENCLAVE, keccak256(CONFIGID)).
///
/// *Signer*, with the least SVN (2 bytes, big-endian, not 0) as the proof: that of abi.encode("pha.identity.sgx.signer.v1",
/// MRSIGNER, ISVPRODID, least SVN, keccak256(CONFIGID)). A signer's key can sign anything, so that its name alone says
/// nothing about code. The product, the least SVN and a CONFIGID that is not zero, which names what the enclave is loaded
/// to run, are therefore part of the identity: there is none in which they are left open.
contract SgxReader is IntelReader {
    uint256 private constant ATTRIBUTES = 48;
    uint256 private constant MRENCLAVE = 64;
    uint256 private constant MRSIGNER = 128;
    uint256 private constant CONFIGID = 192;
    uint256 private constant CONFIGID_BYTES = 64;
    uint256 private constant ISVPRODID = 256;

    constructor(SgxQuoteVerifier verifier) IntelReader(verifier, CollateralKey.QE) {}

    function _identityOf(
        bytes memory report,
        bytes calldata proof
    ) internal pure override returns (bytes32 reason, bytes32 identity) {
        bytes32 configuration = _hash(report, CONFIGID, CONFIGID_BYTES);
        if (proof.length == 0) {
            return (0, keccak256(abi.encode("pha.identity.sgx.enclave.v1", _word(report, MRENCLAVE), configuration)));
        }
        if (proof.length != 2) return ("ProofForm", 0);
        uint256 leastSvn = uint16(bytes2(proof));
        if (leastSvn == 0) return ("SvnOpen", 0);
        if (_word(report, CONFIGID) | _word(report, CONFIGID + 32) == 0) return ("ConfigurationOpen", 0);
        // Product and SVN: two bytes each, little-endian, one after the other.
        uint256 numbers = uint32(bytes4(_word(report, ISVPRODID)));
        uint256 product = (numbers >> 24) | ((numbers >> 8) & 0xff00);
        uint256 svn = ((numbers >> 8) & 0xff) | ((numbers << 8) & 0xff00);
        if (svn < leastSvn) return ("SvnBelowLeast", 0);
        identity = keccak256(
            abi.encode("pha.identity.sgx.signer.v1", _word(report, MRSIGNER), product, leastSvn, configuration)
        );
    }

    function _attributesOf(bytes memory report) internal pure override returns (bytes16) {
        return bytes16(_word(report, ATTRIBUTES));
    }
}
