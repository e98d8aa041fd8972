// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAttestedKeys} from "../attestation/IAttestedKeys.sol";
import {IEvidenceRouter} from "../attestation/registry/IEvidenceRouter.sol";
import {IEvidenceReader} from "../attestation/registry/IEvidenceReader.sol";
import {Verdict} from "../attestation/Verdict.sol";

/// @title Attestations that a test makes up: registry, reader and verifier in one, as far as dstack's contracts ask them
contract MockDstackAttestations {
    bool public hasReader = true;
    mapping(address key => IAttestedKeys.Standing) private _standings;
    mapping(bytes32 evidenceHash => Verdict) private _verdicts;

    function set(address key, IAttestedKeys.Standing calldata standing) external {
        _standings[key] = standing;
    }

    function setVerdict(bytes calldata evidence, Verdict calldata verdict) external {
        _verdicts[keccak256(evidence)] = verdict;
    }

    function setReader(bool present) external {
        hasReader = present;
    }

    function standingOf(address key) external view returns (IAttestedKeys.Standing memory) {
        return _standings[key];
    }

    function judge(bytes calldata evidence, uint256) external view returns (Verdict memory) {
        return _verdicts[keccak256(evidence)];
    }

    // solhint-disable-next-line func-name-mixedcase
    function VERIFIER() external view returns (address) {
        return address(this);
    }

    function readerOf(bytes32) external view returns (IEvidenceRouter.Reader memory reader) {
        if (hasReader) reader.reader = IEvidenceReader(address(this));
    }

    function holderStatement(
        address key,
        bytes32 challenge,
        bytes32 identity,
        bytes32 devices
    ) external pure returns (bytes32) {
        return sha256(abi.encode(key, challenge, identity, devices));
    }
}
