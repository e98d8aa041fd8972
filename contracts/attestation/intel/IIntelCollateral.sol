// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Intel's TCB Info and enclave identities, put in by anyone
/// @notice A text is taken exactly as Intel signed it, with the signature of a TCB signer whose chain stands, and is
/// kept packed as the code of a contract. A text with a lower evaluation number or an earlier issue date than what is
/// there is refused, for good. What has expired stays readable and is refused for verdicts.
interface IIntelCollateral {
    /// @notice A text as kept.
    /// @param packed Contract whose code holds its packed form
    /// @param issueDate When it was issued
    /// @param nextUpdate Until when it may be relied on
    /// @param evaluationNumber Number of the evaluation it comes from
    /// @param signer Index of the TCB signer
    struct Collateral {
        address packed;
        uint32 issueDate;
        uint32 nextUpdate;
        uint24 evaluationNumber;
        uint8 signer;
    }

    /// @notice What a quote is judged with.
    /// @param tcbInfo Packed form of the TCB Info
    /// @param identity Packed form of the QE's identity
    /// @param evaluationNumber The lower of the two evaluation numbers
    /// @param validUntil Last second at which both texts and their signers stand
    struct Basis {
        address tcbInfo;
        address identity;
        uint32 evaluationNumber;
        uint64 validUntil;
    }

    /// @notice A text was taken. Whatever was judged under `key` by an earlier one is now out of date.
    event CollateralPut(
        bytes32 indexed key,
        uint256 evaluationNumber,
        uint256 issueDate,
        uint256 nextUpdate,
        address packed
    );

    /// @notice Thrown when the signature was not made by the signer named.
    error TextSignatureInvalid();

    /// @notice Thrown when the signer named can't sign now.
    error SignerRefused(bytes32 problem);

    /// @notice Thrown when now is outside the window the text names.
    error TextOutsideValidity(uint256 issueDate, uint256 nextUpdate);

    /// @notice Thrown when the text is older than what is there: a lower evaluation number or an earlier issue date.
    /// What a since revoked signer put in counts as nothing.
    error TextNotNewer(uint256 evaluationNumber, uint256 issueDate);

    /// @notice Thrown when an evaluation number is larger than this contract keeps.
    error EvaluationNumberTooLarge(uint256 evaluationNumber);

    /// @notice Put in a TCB Info: the value of `tcbInfo` in the service's answer, character for character. One of the
    /// same number and date as is there changes nothing.
    /// @param signer Index of the TCB signer; a wrong one makes the call fail and does nothing else
    /// @param signature r then s, 64 bytes
    function putTcbInfo(bytes calldata text, bytes calldata signature, uint256 signer) external returns (bytes32 key);

    /// @notice Put in an identity: the value of `enclaveIdentity` in the service's answer.
    function putIdentity(bytes calldata text, bytes calldata signature, uint256 signer) external returns (bytes32 key);

    /// @notice What a quote of a kind of platform is judged with now.
    /// @return problem A short ASCII name of the first thing wrong; zero where nothing is
    function basisFor(
        bytes32 tcbInfoKey,
        bytes32 identityKey
    ) external view returns (bytes32 problem, Basis memory basis);

    /// @notice A text by its key; all zero where there is none.
    function get(bytes32 key) external view returns (Collateral memory);

    /// @notice Key of a TCB Info: `SGX` or `TDX` in front, the FMSPC in the last six bytes. An identity's key is its
    /// id, left-aligned.
    function tcbInfoKey(bool isTdx, bytes6 fmspc) external pure returns (bytes32);
}
