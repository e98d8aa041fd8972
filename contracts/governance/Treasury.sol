// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ITreasury} from "./interfaces/ITreasury.sol";

/// @title Money that PHA's holders spend by vote
contract Treasury is ITreasury, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address private constant ETHER = address(0);
    uint256 private constant LONGEST_SECONDS = 10 * 365 days;

    /// @inheritdoc ITreasury
    uint256 public streamCount;
    /// @inheritdoc ITreasury
    mapping(address token => uint256) public committed;

    mapping(uint256 id => Stream) private _streams;

    /// @param authority The access manager.
    constructor(address authority) AccessManaged(authority) {}

    /// @notice Takes ether from anybody.
    receive() external payable {}

    /// @inheritdoc ITreasury
    function withdraw(uint256 id, address to) external nonReentrant returns (uint256 amount) {
        Stream storage stream = _streams[id];
        address token = stream.terms.token;
        require(msg.sender == stream.terms.recipient, NotTheRecipient(id, msg.sender));
        _requireRecipient(token, to);
        amount = withdrawable(id);
        require(amount != 0, NothingEarned(id));
        stream.withdrawn += uint128(amount); // at most what is left of terms.amount
        committed[token] -= amount;
        emit StreamWithdrawn(id, to, amount);
        _send(token, to, amount);
    }

    /// @inheritdoc ITreasury
    function pay(address token, address recipient, uint256 amount) external restricted nonReentrant {
        _requireRecipient(token, recipient);
        _requireAvailable(token, amount);
        emit Paid(token, recipient, amount);
        _send(token, recipient, amount);
    }

    /// @inheritdoc ITreasury
    function openStream(StreamTerms calldata terms) external restricted nonReentrant returns (uint256 id) {
        _requireRecipient(terms.token, terms.recipient);
        _requireAvailable(terms.token, terms.amount);
        uint256 end = uint256(terms.start) + terms.duration;
        require(
            terms.duration != 0 && end <= block.timestamp + LONGEST_SECONDS,
            StreamTimesRefused(terms.start, terms.duration)
        );
        id = ++streamCount;
        _streams[id].terms = terms;
        committed[terms.token] += terms.amount;
        emit StreamOpened(id, terms);
    }

    /// @inheritdoc ITreasury
    /// @dev Moves no money, so neither the token nor the recipient can prevent it.
    function stopStream(uint256 id) external restricted nonReentrant {
        uint256 kept = earned(id);
        Stream storage stream = _streams[id];
        uint256 freed = stream.terms.amount - kept;
        require(stream.stoppedAt == 0 && freed != 0, StreamEnded(id));
        stream.stoppedAt = uint40(block.timestamp); // fits for 34,000 years
        committed[stream.terms.token] -= freed;
        emit StreamStopped(id, kept, freed);
    }

    /// @inheritdoc ITreasury
    function streamOf(uint256 id) external view returns (Stream memory) {
        return _known(id);
    }

    /// @inheritdoc ITreasury
    function withdrawable(uint256 id) public view returns (uint256) {
        return earned(id) - _streams[id].withdrawn;
    }

    /// @inheritdoc ITreasury
    function earned(uint256 id) public view returns (uint256) {
        Stream storage stream = _known(id);
        StreamTerms memory terms = stream.terms;
        uint256 until = stream.stoppedAt == 0 ? block.timestamp : stream.stoppedAt;
        uint256 elapsed = Math.min(Math.saturatingSub(until, terms.start), terms.duration);
        return (uint256(terms.amount) * elapsed) / terms.duration; // 128 + 40 bits
    }

    /// @inheritdoc ITreasury
    function available(address token) public view returns (uint256) {
        uint256 held = token == ETHER ? address(this).balance : IERC20(token).balanceOf(address(this));
        return Math.saturatingSub(held, committed[token]); // a token may shrink by itself
    }

    function _send(address token, address to, uint256 amount) private {
        if (token == ETHER) Address.sendValue(payable(to), amount);
        else IERC20(token).safeTransfer(to, amount);
    }

    function _requireRecipient(address token, address recipient) private view {
        bool fit = recipient != address(0) && recipient != address(this) && recipient != token;
        require(fit, RecipientRefused(recipient));
    }

    function _requireAvailable(address token, uint256 amount) private view {
        require(amount != 0, AmountIsZero());
        uint256 free = available(token);
        require(amount <= free, MoreThanAvailable(token, amount, free));
    }

    function _known(uint256 id) private view returns (Stream storage stream) {
        stream = _streams[id];
        require(stream.terms.recipient != address(0), StreamUnknown(id));
    }
}
