// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {Outcome} from "../Outcome.sol";
import {TcbStatus} from "../TcbStatus.sol";

/// @title What the registry asks of a kind of evidence
/// @notice A reader stands between the registry and the verifiers of one kind. It alone knows where a report has its report
/// data and measurements, what the bits of allowances and attributes mean, how a code identity follows from a report, and
/// what the vendor may say later that bears on a verdict. Governance brings readers in through the router; anyone may call
/// one, and nothing that it answers depends on who does.
interface IEvidenceReader {
    /// @notice What evidence says, in terms that are the same for every kind.
    /// @param outcome `Accepted`: genuine and allowed. `Refused`: genuine and not allowed. `Invalid`: proves nothing
    /// @param reason Short ASCII name of what is wrong; zero where nothing is
    /// @param status How well the weakest part of the platform is kept
    /// @param confidence 1, the best, to 5; 0 unless accepted
    /// @param deviceCount GPUs that answered with the CPU
    /// @param deviceModel Their model, the same for all
    /// @param devices What the holder statement says of them: SHA-256 of their platforms in order; 0 for a CPU alone
    /// @param holder First half of the CPU's report data
    /// @param identity The code identity, in the form that was asked for
    /// @param attributes What the code runs with, bit by bit, as the kind defines it
    /// @param platform The one machine
    /// @param reportHash Keccak-256 of the CPU's report as signed
    /// @param ground Name of what the vendor's later word on would concern this verdict and those like it
    /// @param epoch Where that stood when the evidence was judged; see {epochOf}
    /// @param evaluationNumber The vendor's evaluation, for people
    /// @param validUntil Last second of the earliest window of all that went into it
    /// @param certificates Under which ids the certificates are kept that may be revoked one by one: the CPU's, then each
    /// GPU's in order
    /// @param advisories Names of the vendor's advisories that apply
    struct Findings {
        Outcome outcome;
        bytes32 reason;
        TcbStatus status;
        uint8 confidence;
        uint8 deviceCount;
        bytes32 deviceModel;
        bytes32 devices;
        bytes32 holder;
        bytes32 identity;
        bytes16 attributes;
        bytes32 platform;
        bytes32 reportHash;
        bytes32 ground;
        uint96 epoch;
        uint32 evaluationNumber;
        uint64 validUntil;
        bytes32[] certificates;
        bytes32[] advisories;
    }

    /// @notice Judge evidence now, and let the verifier keep the platform's certificate. Reverts for want of gas, and where
    /// the bytes can't be taken apart; no findings depend on how much gas there was. To try it out, call it without sending.
    /// @param evidence As the kind defines it
    /// @param allowances What the policy allows the identity in question, as the kind defines the bits
    /// @param challenge What the evidence was made for; only kinds of several parts need it
    /// @param proof In which form the identity is asked for, and what proves it, as the kind defines it; empty for the
    /// plain one. It may make good evidence fail, and can't make bad evidence pass
    function read(
        bytes calldata evidence,
        uint256 allowances,
        bytes32 challenge,
        bytes calldata proof
    ) external returns (Findings memory);

    /// @notice Where the vendor's collateral under a ground stands now. Another value means that verdicts judged under
    /// this one are out of date.
    function epochOf(bytes32 ground) external view returns (uint96);

    /// @notice Whether everything judged under a ground in an epoch is lost: an authority that it rests on is revoked. Who
    /// signs the collateral now does not matter for what another signed before.
    /// @param epoch Any that {epochOf} has given for the ground, however long ago
    /// @return problem Short ASCII name of it; zero where there is none
    function groundProblem(bytes32 ground, uint96 epoch) external view returns (bytes32 problem);

    /// @notice Whether a certificate, or one above it, is revoked or on hold. That something has expired is no problem here.
    /// @return problem Short ASCII name of it; zero where there is none
    function certificateProblem(bytes32 certificate) external view returns (bytes32 problem);

    /// @notice Short ASCII name of the kind of evidence.
    function kind() external view returns (bytes32);
}
