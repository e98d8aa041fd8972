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
    /// @notice A verdict as kept: a word that is written each time, and two that stay as they are where a worker renews on
    /// the same machine. Times have 32 bits, which last until 2106.
    /// @param validUntil Last second at which it can count; 0 once it was judged again and refused
    /// @param attestedAt When its evidence was first accepted
    /// @param challengeBlock The block that made it fresh
    /// @param term Number of the ground's term in which it was judged
    /// @param revision The policy's revision by which it was judged
    /// @param alarms How many alarms there had been
    /// @param serial The reader's serial
    /// @param confidence 1 to 5
    /// @param deviceCount GPUs
    /// @param reportTag First bytes of the Keccak-256 of the CPU's report
    /// @param certificatesTag See {certificatesTagOf}
    /// @param advisoriesId First bytes of the Keccak-256 of the advisories' names one after the other; 0 for none
    /// @param platform The one machine
    struct Record {
        uint32 validUntil;
        uint32 attestedAt;
        uint32 challengeBlock;
        uint24 term;
        uint24 revision;
        uint24 alarms;
        uint8 serial;
        uint8 confidence;
        uint8 deviceCount;
        bytes8 reportTag;
        bytes16 certificatesTag;
        bytes16 advisoriesId;
        bytes32 platform;
    }

    /// @notice A stretch of time in which the vendor's word on a ground stayed the same.
    /// @param epoch What it was, as the reader has it
    /// @param seenAt When somebody last looked
    /// @param endsAt Last second at which verdicts of this term can count; 0 while it is the newest
    /// @param serial The reader's serial
    /// @param groundTag First bytes of the Keccak-256 of serial and ground
    struct Term {
        uint96 epoch;
        uint40 seenAt;
        uint40 endsAt;
        uint8 serial;
        bytes9 groundTag;
    }

    /// @notice Evidence was accepted: together with {Renewed} and {Fell} the attestation log.
    event Attested(
        address indexed key,
        bytes32 indexed identity,
        bytes32 indexed platform,
        Record record,
        TcbStatus status,
        uint256 evaluationNumber,
        bytes32[] certificates,
        bytes32[] advisories
    );
    /// @notice Evidence was accepted again, by the same revision, on the same platform, with the same confidence,
    /// certificates and advisories.
    event Renewed(address indexed key, uint256 validUntil);
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
    /// @notice An authority is revoked: no term of the ground that rests on it counts from now on.
    event GroundLost(uint256 indexed serial, bytes32 indexed ground, bytes32 indexed problem);
    /// @notice Whether verdicts that rest on these certificates count has changed.
    event CertificatesStruck(bytes16 indexed certificatesTag, bytes32 indexed problem, bytes32[] certificates);

    /// @notice Thrown when evidence was not accepted. `Invalid` says nothing about the worker.
    error EvidenceNotAccepted(Outcome outcome, bytes32 reason);
    /// @notice Thrown when evidence is genuine and the policy does not accept it.
    error PolicyRefused(bytes32 reason);
    /// @notice Thrown when a report's code has another identity than the one named.
    error IdentityDiffers(bytes32 given, bytes32 found);
    /// @notice Thrown when a report does not bind this key, challenge, identity, registry, chain and devices.
    error HolderDiffers(bytes32 expected, bytes32 found);
    /// @notice Thrown when a block is too far back for its hash to serve as a challenge, or has not been yet.
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
    /// @param key The worker's address
    /// @param identity The code identity that it is to be judged as, whose rule says which kind of evidence it is
    /// @param challengeBlock Number of the block whose hash is the challenge
    /// @param evidence As the kind's reader takes it
    /// @param proof As the kind's reader takes it; empty for the plain form of identity
    function submit(
        address key,
        bytes32 identity,
        uint256 challengeBlock,
        bytes calldata evidence,
        bytes calldata proof
    ) external;

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
    function struckBy(bytes16 certificatesTag) external view returns (uint256 alarm);

    /// @notice By what the registry knows certificates: first bytes of the Keccak-256 of the platform and of their ids in
    /// order, one after the other.
    function certificatesTagOf(bytes32 platform, bytes32[] calldata certificates) external pure returns (bytes16);

    /// @notice What the first half of report data must be.
    function holderStatement(
        address key,
        bytes32 challenge,
        bytes32 identity,
        bytes32 devices
    ) external view returns (bytes32);
}
