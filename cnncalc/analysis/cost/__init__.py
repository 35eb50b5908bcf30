"""What a network computes: parameters, operations by kind, the least time of a device with a peak and a bandwidth."""
