// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IAttestedKeys} from "../IAttestedKeys.sol";
import {Outcome} from "../Outcome.sol";
import {TcbStatus} from "../TcbStatus.sol";

/// @title Which workers are attested
/// @notice A worker is a secp256k1 key, named by its address, that lives in an enclave. Evidence binds it by the first half
/// of its report data, the *holder statement*
///
///     SHA-256("pha.attestation.holder.v1" ‖ chain id (32) ‖ registry (20) ‖ key (20) ‖ challenge (32) ‖ identity (32)
///             ‖ devices (32))
///
/// where the challenge is the hash of a recent block of this chain, the identity the one it is to be judged as, and `devices`
/// zero for a CPU alone, else the SHA-256 of the GPUs' platforms (see INvidiaGpuVerifier) one after the other. The second
/// half is zero for a CPU alone, else the GPUs' nonce (see ICompositeEvidence). Everything that decides a verdict is signed
/// by the hardware, so it does not matter who submits evidence, nor how often.
interface IAttestationRegistry is IAttestedKeys {
    /// @notice Evidence for a key.
    /// @param key The worker's address
    /// @param kind Which kind of evidence
    /// @param identity The code identity that it is to be judged as
    /// @param challengeBlock Number of the block whose hash is the challenge
    /// @param challenge That hash
    /// @param evidence As the kind's reader takes it
    /// @param proof As the kind's reader takes it; empty for the plain form of identity
    struct Submission {
        address key;
        bytes32 kind;
        bytes32 identity;
        uint256 challengeBlock;
        bytes32 challenge;
        bytes evidence;
        bytes proof;
    }

    /// @notice A verdict as kept.
    /// @param validUntil Last second at which it can count; 0 once it was judged again and refused
    /// @param attestedAt When its evidence was first accepted
    /// @param challengeBlock The block that made it fresh
    /// @param term Number of the ground's term in which it was judged
    /// @param revision The policy's revision by which it was judged
    /// @param alarms How many alarms there had been
    /// @param serial The reader's serial
    /// @param confidence 1 to 5
    /// @param deviceCount GPUs
    /// @param status How well the weakest part of the platform was kept
    /// @param reportTag First bytes of the Keccak-256 of the CPU's report
    /// @param certificatesTag First bytes of the Keccak-256 of the certificates' ids one after the other
    /// @param advisoriesId First bytes of the Keccak-256 of the advisories' names one after the other; 0 for none
    /// @param platform The one machine
    struct Record {
        uint40 validUntil;
        uint40 attestedAt;
        uint40 challengeBlock;
        uint32 term;
        uint32 revision;
        uint32 alarms;
        uint8 serial;
        uint8 confidence;
        uint8 deviceCount;
        TcbStatus status;
        bytes12 reportTag;
        bytes12 certificatesTag;
        bytes8 advisoriesId;
        bytes32 platform;
    }

    /// @notice A stretch of time in which the vendor's word on a ground stayed the same.
    /// @param epoch What it was, as the reader has it
    /// @param seenAt When somebody last looked
    /// @param endsAt Last second at which verdicts of this term can count; 0 while it is the newest
    /// @param serial The reader's serial
    /// @param previous Number of the ground's term before it; 0 for the first
    struct Term {
        uint128 epoch;
        uint40 seenAt;
        uint40 endsAt;
        uint8 serial;
        uint32 previous;
    }

    /// @notice Evidence was accepted: the attestation log. Confidence and the rest are those of the stored verdict.
    event Attested(
        address indexed key,
        bytes32 indexed identity,
        bytes32 indexed platform,
        Record record,
        uint256 evaluationNumber,
        bytes32[] certificates,
        bytes32[] advisories
    );
    /// @notice A worker's evidence was judged again and refused.
    event Fell(address indexed key, bytes32 indexed reason);
    /// @notice A vendor's word on a ground has changed; verdicts of the old term count until `oldEndsAt`.
    event GroundMoved(
        uint256 indexed serial,
        bytes32 indexed ground,
        uint256 oldTerm,
        uint256 newTerm,
        uint256 oldEpoch,
        uint256 newEpoch,
        uint256 oldEndsAt
    );
    /// @notice An authority that a ground rests on is revoked: no term of it counts from now on.
    event GroundLost(uint256 indexed serial, bytes32 indexed ground, bytes32 indexed problem);
    /// @notice Whether verdicts that rest on these certificates count has changed.
    event CertificatesStruck(bytes12 indexed certificatesTag, bytes32 indexed problem, bytes32[] certificates);

    /// @notice Thrown when evidence was not accepted. `Invalid` says nothing about the worker.
    error EvidenceNotAccepted(Outcome outcome, bytes32 reason);
    /// @notice Thrown when evidence is genuine and the policy does not accept it.
    error PolicyRefused(bytes32 reason);
    /// @notice Thrown when a report's code has another identity than the one named.
    error IdentityDiffers(bytes32 given, bytes32 found);
    /// @notice Thrown when a report does not bind this key, challenge, identity, registry, chain and devices.
    error HolderDiffers(bytes32 expected, bytes32 found);
    /// @notice Thrown when a challenge is not the hash of that block, or when the block is too far back.
    error ChallengeStale(uint256 challengeBlock);
    /// @notice Thrown when evidence is not newer than what is kept for the key.
    error NotNewer(uint256 keptBlock, uint256 givenBlock);
    /// @notice Thrown when evidence that is to be judged again is not the one kept for the key.
    error NotTheEvidenceKept(address key);
    /// @notice Thrown when nothing is kept for a key.
    error KeyUnknown(address key);
    /// @notice Thrown when a key is the zero address.
    error KeyZero();
    /// @notice Thrown when a reader's findings contradict themselves.
    error FindingsMalformed();
    /// @notice Thrown when certificates are not those of the key's verdict.
    error CertificatesDiffer(address key);
    /// @notice Thrown when nothing under a ground was ever attested.
    error GroundUnknown(uint256 serial, bytes32 ground);

    /// @notice Have evidence judged and its verdict kept. By anyone.
    function submit(Submission calldata submission) external;

    /// @notice Have the evidence that a key's verdict came from judged again, by today's collateral and policy: up, down, or
    /// as it was. It becomes no fresher by that. By anyone who still has it, as from the calldata of its submission.
    /// Where the verdict has grace, a refusal waits for the end of it, except where the platform's TCB is revoked.
    /// @param challenge The challenge that it was made for
    function rejudge(address key, bytes32 challenge, bytes calldata evidence, bytes calldata proof) external;

    /// @notice Look where the vendor's collateral for a ground stands. If it has moved, the old term ends. By anyone; each
    /// submission under the ground does the same.
    function observe(uint256 serial, bytes32 ground) external;

    /// @notice Look whether the certificates of a key's verdict are revoked. What rests on them counts no longer, at once,
    /// or counts again where none is any more. By anyone.
    /// @param certificates As in the event of its attestation
    function strike(address key, bytes32[] calldata certificates) external;

    /// @notice Whether a key is attested, and why not. Reasons: `KeyUnknown`, that for which it fell when it was
    /// judged again, `Expired`, `ReaderRetired`, `PolicyEnded`, `CollateralMoved`, `AuthorityRevoked`, `CertificateRevoked`.
    function statusOf(address key) external view returns (bool attested, bytes32 reason);

    /// @notice The verdict kept for a key, whether it counts or not.
    function recordOf(address key) external view returns (Record memory);

    /// @notice A term by its number.
    function termOf(uint256 term) external view returns (Term memory, bytes32 ground);

    /// @notice Number of a ground's newest term; 0 where nothing under it was ever attested.
    function currentTerm(uint256 serial, bytes32 ground) external view returns (uint256);

    /// @notice With which alarm verdicts on certificates with this tag were struck; 0 where they are not. Verdicts judged
    /// since then are not affected.
    function struckBy(bytes12 certificatesTag) external view returns (uint256 alarm);

    /// @notice What the first half of report data must be.
    function holderStatement(
        address key,
        bytes32 challenge,
        bytes32 identity,
        bytes32 devices
    ) external view returns (bytes32);
}
