// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ScaleDecoder} from "../cryptography/ScaleDecoder.sol";
import {CompositeVerifier} from "./CompositeVerifier.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {MemberMessage} from "./MemberMessage.sol";
import {SunsetState} from "./SunsetState.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";
import {IMigrationBridge} from "./interfaces/IMigrationBridge.sol";

/// @title Accounts that act through a proxy (pallet-proxy): pure ones, which have no key, and ordinary ones
/// @notice A storage proof of `Proxy.Proxies(account)` in the sunset block's state shows who may act for the account; one
/// of them must have signed what `memberMessage` says.
///
/// Evidence: place in the list (1 byte) ‖ scheme of the delegate (1) ‖ length of the proof (2, big-endian) ‖ storage proof
/// (as SubstrateTrie reads it) ‖ the delegate's evidence, to the end.
///
/// A definition counts only if its type may move funds (the constructor says which types do) and its **delay is zero**. A
/// delay obliges a proxy to announce a call and gives the owner time to refuse it; here nobody could refuse, so a delayed
/// proxy has no say at all.
contract ProxyAccountVerifier is CompositeVerifier {
    /// @notice Thrown at construction when the state root is zero.
    error StateRootIsZero();

    /// @notice Thrown at construction when no type of proxy is accepted.
    error NoAcceptedTypes();

    /// @notice State root of the parachain's last block.
    bytes32 public immutable STATE_ROOT;

    /// @notice Types of proxy that may move funds: bit i is set for type i of the runtime's `ProxyType`. On Phala and Khala
    /// (runtime/phala and runtime/khala of khala-parachain) these are 0 Any, 1 NonTransfer, 2 CancelProxy, 3 Governance,
    /// 4 Collator, 5 StakePoolManager, of which only Any may transfer: the value to deploy with is 1.
    uint256 public immutable ACCEPTED_TYPES;

    /// @dev place, scheme and proof's length.
    uint256 private constant HEAD_BYTES = 4;

    /// @dev delegate (32), type (1), delay (u32).
    uint256 private constant DEFINITION_BYTES = 37;

    /// @dev The deposit (u128) after the list.
    uint256 private constant DEPOSIT_BYTES = 16;

    constructor(
        bytes32 stateRoot,
        uint256 acceptedTypes,
        IMigrationBridge.SchemeVerifier[] memory verifiers
    ) CompositeVerifier(verifiers) {
        require(stateRoot != 0, StateRootIsZero());
        require(acceptedTypes != 0, NoAcceptedTypes());
        STATE_ROOT = stateRoot;
        ACCEPTED_TYPES = acceptedTypes;
    }

    /// @inheritdoc IAccountVerifier
    function verify(bytes32 account, bytes calldata message, bytes calldata evidence) external view returns (bool) {
        if (evidence.length < HEAD_BYTES || KeylessAccounts.isKeyless(account)) return false;
        uint256 proofEnd = HEAD_BYTES + uint16(bytes2(evidence[2:4]));
        if (evidence.length < proofEnd) return false;

        (bool found, bytes calldata list) = SunsetState.proxies(STATE_ROOT, account, evidence[HEAD_BYTES:proofEnd]);
        if (!found) return false;
        (bool counts, bytes32 delegate) = _delegateAt(list, uint8(evidence[0]));
        return
            counts &&
            _isAgreed(uint8(evidence[1]), delegate, MemberMessage.naming(account, message), evidence[proofEnd:]);
    }

    /// @dev The delegate at `place` and whether it may move funds at once.
    function _delegateAt(bytes calldata list, uint256 place) private view returns (bool counts, bytes32 delegate) {
        uint256 start;
        // memory-safe: touches no memory
        assembly ("memory-safe") {
            start := list.offset
        }
        (uint256 count, uint256 position) = ScaleDecoder.compactLength(start);
        if (place >= count || position - start + DEFINITION_BYTES * count + DEPOSIT_BYTES != list.length)
            return (false, 0);
        position += DEFINITION_BYTES * place;
        delegate = ScaleDecoder.bytes32At(position);
        uint256 kind = uint256(ScaleDecoder.bytes32At(position + 32)) >> 248;
        counts = (ACCEPTED_TYPES >> kind) & 1 != 0 && ScaleDecoder.u32(position + 33) == 0;
    }
}
