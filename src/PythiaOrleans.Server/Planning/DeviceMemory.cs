using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// What the analyses of one shard take of their device's memory at most. They run one after the other: the largest decides.
/// </summary>
/// <remarks>
/// A processor's memory is the host's: there the counts that analyses share come on top, which are kept until the task ends.
/// </remarks>
public static class DeviceMemory
{
    /// <summary>Bytes; 0 where no analysis takes any that matter.</summary>
    /// <param name="analyses">What is to be computed.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens on which the model runs.</param>
    /// <param name="device">Where.</param>
    /// <param name="offHalfGrid">Whether the values are float32 that half precision does not hold.</param>
    public static long Estimate(
        IReadOnlyCollection<IAnalysis> analyses, ModelShape shape, BatchSpec batch, ComputeDevice device, bool offHalfGrid = false)
    {
        ArgumentNullException.ThrowIfNull(analyses);
        var computing = analyses.Select(analysis => analysis.DeviceBytes(shape, batch, device)).DefaultIfEmpty(0).Max();
        var counting = analyses.Select(analysis => analysis.HostBytes(shape, offHalfGrid)).DefaultIfEmpty(0).Max();
        return device.IsCuda ? computing : computing + counting;
    }
}
