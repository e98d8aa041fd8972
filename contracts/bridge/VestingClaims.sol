// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ClaimMessage} from "./ClaimMessage.sol";
import {KeylessAccounts} from "./KeylessAccounts.sol";
import {MerkleSumTree} from "./MerkleSumTree.sol";
import {IAccountVerifier} from "./interfaces/IAccountVerifier.sol";
import {IVestingClaims} from "./interfaces/IVestingClaims.sol";

/// @title What still vested on the parachain goes on vesting here
/// @notice No upgrade, no owner, no pause: a mistake here could delay what would have been delayed anyway.
contract VestingClaims is IVestingClaims, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IVestingClaims
    uint256 public constant UNIT_SCALE = 1e6;

    /// @dev 1,000,000,000 PHA in parachain units.
    uint256 private constant MAX_CAP = 1e21;

    /// @inheritdoc IVestingClaims
    IERC20 public immutable TOKEN;
    /// @inheritdoc IVestingClaims
    address public immutable TREASURY;
    /// @inheritdoc IVestingClaims
    bytes32 public immutable CLAIM_ROOT;
    /// @inheritdoc IVestingClaims
    uint256 public immutable CAP;
    /// @inheritdoc IVestingClaims
    uint256 public immutable DEADLINE;
    /// @inheritdoc IVestingClaims
    uint256 public immutable CHAIN_ID;

    bool private _isOpen;
    uint128 private _paid;
    mapping(bytes32 identity => bool) private _claimed;
    /// @dev Written by the constructor only.
    mapping(uint8 scheme => IAccountVerifier) private _verifiers;

    constructor(VestingConfiguration memory configuration) {
        require(address(configuration.token).code.length != 0, VestingTokenWithoutCode(address(configuration.token)));
        // The sweep to itself or to the token would be no way out.
        require(
            configuration.treasury != address(0) &&
                configuration.treasury != address(this) &&
                configuration.treasury != address(configuration.token),
            VestingTreasuryRefused(configuration.treasury)
        );
        require(configuration.claimRoot != 0, VestingRootIsZero());
        require(
            configuration.cap != 0 && configuration.cap <= MAX_CAP,
            VestingCapOutOfRange(configuration.cap, MAX_CAP)
        );
        require(
            configuration.deadline > block.timestamp && configuration.deadline <= type(uint40).max,
            VestingDeadlineOutOfRange(configuration.deadline, block.timestamp + 1, type(uint40).max)
        );

        TOKEN = configuration.token;
        TREASURY = configuration.treasury;
        CLAIM_ROOT = configuration.claimRoot;
        CAP = configuration.cap;
        DEADLINE = configuration.deadline;
        CHAIN_ID = block.chainid;

        uint256 count = configuration.verifiers.length;
        require(count != 0, VestingVerifiersInvalid(count));
        for (uint256 i = 0; i < count; ++i) {
            uint8 scheme = configuration.verifiers[i].scheme;
            IAccountVerifier verifier = configuration.verifiers[i].verifier;
            require(
                address(verifier).code.length != 0 && address(_verifiers[scheme]) == address(0),
                VestingVerifiersInvalid(count)
            );
            _verifiers[scheme] = verifier;
        }
    }

    // Anyone: funding, claims, what is left

    /// @inheritdoc IVestingClaims
    function open() external {
        require(!_isOpen, VestingAlreadyOpen());
        require(block.timestamp <= DEADLINE, VestingDeadlinePassed(DEADLINE));
        uint256 balance = TOKEN.balanceOf(address(this));
        uint256 required = CAP * UNIT_SCALE;
        require(balance >= required, VestingNotFunded(balance, required));
        _isOpen = true;
        emit VestingOpened(balance);
    }

    /// @inheritdoc IVestingClaims
    function claim(VestingClaim calldata request) external nonReentrant returns (address wallet) {
        bytes32 account = request.account;
        address recipient = request.recipient;
        bytes32 identity = _identity(request);
        IAccountVerifier verifier = _requireClaimable(request, identity);

        (bytes32 root, uint256 total) = MerkleSumTree.rootOf(identity, request.amount, 0, request.index, request.proof);
        require(root == CLAIM_ROOT && total == CAP, VestingTreeMismatch(root, total));
        require(
            _isAgreed(verifier, account, messageFor(recipient, request.wrapped), request.evidence),
            VestingInvalidEvidence(account, request.scheme)
        );

        // Everything is recorded before any call that can change state. Distinct leaves of the tree add up to no more
        // than its total, which is the cap, so this cannot overflow.
        _claimed[identity] = true;
        _paid += request.amount;

        uint256 paidAmount = uint256(request.amount) * UNIT_SCALE;
        // Salted by the identity: two schedules with the same times get two wallets.
        wallet = address(new VestingWallet{salt: identity}(recipient, request.start, request.duration));
        emit VestingClaimed(account, recipient, identity, wallet, paidAmount);
        TOKEN.safeTransfer(wallet, paidAmount);
    }

    /// @inheritdoc IVestingClaims
    function sweep() external returns (uint256 amount) {
        require(block.timestamp > DEADLINE, VestingDeadlineNotPassed(DEADLINE));
        amount = TOKEN.balanceOf(address(this));
        if (amount == 0) return 0;
        emit VestingSwept(TREASURY, amount);
        TOKEN.safeTransfer(TREASURY, amount);
    }

    // Views

    /// @inheritdoc IVestingClaims
    function isClaimed(bytes32 identity) external view returns (bool) {
        return _claimed[identity];
    }

    /// @inheritdoc IVestingClaims
    function isOpen() external view returns (bool) {
        return _isOpen;
    }

    /// @inheritdoc IVestingClaims
    function totalPaid() external view returns (uint256) {
        return _paid * UNIT_SCALE;
    }

    /// @inheritdoc IVestingClaims
    function verifierOf(uint8 scheme) external view returns (IAccountVerifier) {
        return _verifiers[scheme];
    }

    /// @inheritdoc IVestingClaims
    function messageFor(address recipient, bool wrapped) public view returns (bytes memory) {
        return ClaimMessage.sentence(recipient, false, wrapped, ClaimMessage.ending(address(this), CHAIN_ID));
    }

    // Claims, step by step

    function _requireClaimable(
        VestingClaim calldata request,
        bytes32 identity
    ) private view returns (IAccountVerifier verifier) {
        address recipient = request.recipient;
        require(block.chainid == CHAIN_ID, VestingWrongChain(CHAIN_ID, block.chainid));
        require(_isOpen, VestingNotOpen());
        require(block.timestamp <= DEADLINE, VestingDeadlinePassed(DEADLINE));
        require(!_claimed[identity], VestingAlreadyClaimed(identity));
        require(
            recipient != address(0) && recipient != address(this) && recipient != address(TOKEN),
            VestingRecipientRefused(recipient)
        );
        verifier = _verifiers[request.scheme];
        require(address(verifier) != address(0), VestingUnknownScheme(request.scheme));
        require(!KeylessAccounts.isKeyless(request.account), VestingKeylessAccount(request.account));
        require(request.amount != 0, VestingNothingOwed(request.account));
    }

    function _identity(VestingClaim calldata request) private pure returns (bytes32) {
        // Fixed widths: no two schedules have the same bytes.
        return keccak256(abi.encodePacked(request.account, request.start, request.duration, request.number));
    }

    /// @dev A verifier that reverts, answers nothing, or anything but `true`, has not agreed; its answer is never copied.
    function _isAgreed(
        IAccountVerifier verifier,
        bytes32 account,
        bytes memory message,
        bytes calldata evidence
    ) private view returns (bool) {
        (bool succeeded, bytes32 answer, ) = LowLevelCall.staticcallReturn64Bytes(
            address(verifier),
            abi.encodeCall(IAccountVerifier.verify, (account, message, evidence))
        );
        return succeeded && LowLevelCall.returnDataSize() >= 32 && answer == bytes32(uint256(1));
    }
}
