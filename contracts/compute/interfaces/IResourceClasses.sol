// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title What can be bought: GPU models and CPU sizes, each at a price
/// @notice What a class demands of a worker never changes; its price and whether it takes new orders may. A machine's size
/// stands in no vendor's evidence but in the measurement of the code that boots it: a CPU size is a class that names the
/// code identity of that size.
interface IResourceClasses {
    /// @notice A class.
    /// @param pricePerSecond In wei of PHA for one worker
    /// @param minStake What a pool must have locked for the worker, in wei
    /// @param isOpen Whether it takes new orders
    /// @param maxConfidence The worst confidence that will do, 1 to 5
    /// @param deviceCount How many GPUs a worker must have at least; zero where it needs none
    /// @param kind Which kind of CPU evidence; zero for any
    /// @param deviceModel The GPUs' model; zero for a worker without GPUs
    /// @param identity The code identity; zero for any that the policy accepts
    struct ResourceClass {
        uint80 pricePerSecond;
        uint96 minStake;
        bool isOpen;
        uint8 maxConfidence;
        uint8 deviceCount;
        bytes32 kind;
        bytes32 deviceModel;
        bytes32 identity;
    }

    /// @notice A class was added.
    event ClassAdded(uint16 indexed classId, ResourceClass resource);
    /// @notice A class has another price for new orders.
    event ClassPriceSet(uint16 indexed classId, uint256 oldPricePerSecond, uint256 newPricePerSecond);
    /// @notice A class was opened to new orders, or closed.
    event ClassOpenSet(uint16 indexed classId, bool wasOpen, bool isOpen);

    /// @notice Thrown when a class is asked for that doesn't exist.
    error UnknownClass(uint256 classId);
    /// @notice Thrown when a price is zero or above the bound.
    error PriceOutOfBounds(uint256 pricePerSecond, uint256 lowest, uint256 highest);
    /// @notice Thrown when a class would demand no stake, or more than there is PHA.
    error StakeOutOfBounds(uint256 minStake, uint256 lowest, uint256 highest);
    /// @notice Thrown when a confidence is none of 1 to 5.
    error ConfidenceOutOfBounds(uint256 confidence);
    /// @notice Thrown when a class names a device model and no count, or a count and no model.
    error DevicesUnclear(bytes32 deviceModel, uint256 deviceCount);

    /// @notice Adds a class. Restricted.
    function addClass(ResourceClass calldata resource) external returns (uint16 classId);

    /// @notice Sets the price of orders to come. Restricted.
    function setClassPrice(uint16 classId, uint80 pricePerSecond) external;

    /// @notice Opens a class to new orders, or closes it. Restricted. Orders that stand are not touched.
    function setClassOpen(uint16 classId, bool isOpen) external;

    /// @notice A class, by its number from 1 on.
    function classOf(uint256 classId) external view returns (ResourceClass memory);

    /// @notice How many classes there are.
    function classCount() external view returns (uint256);
}
