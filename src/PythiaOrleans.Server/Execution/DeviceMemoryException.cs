using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Execution;

/// <summary>An analysis does not fit into its device's memory. Another device may have room, or this one later.</summary>
/// <param name="key">What was to be computed.</param>
/// <param name="device">Where.</param>
/// <param name="triedSmall">Whether it was tried with the small memory plan too.</param>
/// <param name="cause">The allocation's failure.</param>
public sealed class DeviceMemoryException(ResultKey key, ComputeDevice device, bool triedSmall, Exception cause)
    : Exception(
        $"{key.Path}: expected it to fit into the memory of {device}{(triedSmall ? ", at last row by row" : "")}, found: "
            + $"{OutOfMemory.Describe(cause)} "
        + "It is tried again, elsewhere where there are other devices. If that does not help: fewer tasks at once (Worker:Slots, "
        + "Worker:Memory), a smaller --batch-length, or a larger device.",
        cause);
