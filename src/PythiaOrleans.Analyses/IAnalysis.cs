using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses;

/// <summary>
/// One measurement of one checkpoint. Everything else (registration, help, cost, series, report) follows from what it says here.
/// </summary>
public interface IAnalysis
{
    /// <summary>What the analysis says of itself.</summary>
    AnalysisDescription Description { get; }

    /// <summary>Which other checkpoints it reads beside the one it measures.</summary>
    RequiredCheckpoints RequiredCheckpoints { get; }

    /// <summary>Whether it computes on the task's device. Others count values on the host, with the same bytes wherever they run.</summary>
    bool UsesDevice => false;

    /// <summary>Columns that its series has beyond those of its tables; null where there are none.</summary>
    IDerivedColumns? DerivedColumns => null;

    /// <summary>What measuring one checkpoint asks of a machine.</summary>
    /// <param name="shape">The model's.</param>
    /// <param name="batch">The sweep's tokens.</param>
    /// <param name="bytes">The size of the checkpoint's files.</param>
    AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes);

    /// <summary>Bytes of the device's memory that it takes at most, by estimate; 0 where it does not use the device.</summary>
    /// <param name="shape">The model's.</param>
    /// <param name="batch">The sweep's tokens.</param>
    /// <param name="device">Where it would run.</param>
    long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device);

    /// <summary>Bytes of the host's memory that it takes at most, by estimate.</summary>
    /// <param name="shape">The model's.</param>
    /// <param name="offHalfGrid">Whether the values are float32 that half precision does not hold: exact counts of those are as large as
    /// the model.</param>
    long HostBytes(ModelShape shape, bool offHalfGrid) => 0;

    /// <summary>Measures. Synchronous: it runs on the slot's own device thread.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; checked between parameters.</exception>
    ResultTable Run(AnalysisInput input, CancellationToken cancellationToken);
}
