using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>What the analyses of one shard take of their device's memory at most. They run one after the other: the largest decides.</summary>
public static class DeviceMemory
{
    /// <summary>Bytes; 0 where no analysis uses the device.</summary>
    /// <param name="analyses">What is to be computed.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens on which the model runs.</param>
    /// <param name="device">Where.</param>
    public static long Estimate(IEnumerable<IAnalysis> analyses, ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(analyses);
        return analyses.Select(analysis => analysis.DeviceBytes(shape, batch, device)).DefaultIfEmpty(0).Max();
    }
}
