using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// Where and in which pieces a batch passes through a model. Every plan is the same code: the full one is a single piece that stays on the
/// device.
/// </summary>
internal sealed record PassPlan
{
    /// <summary>Where blocks are computed.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>In which numbers.</summary>
    public ScalarType Type { get; init; } = float32;

    /// <summary>Rows of the batch that pass through a block together; null takes all.</summary>
    public int? RowsAtATime { get; init; }

    /// <summary>Pieces that pass at the same time, each on a thread of its own.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether residual streams wait on the host between blocks.</summary>
    public bool StreamsOnHost { get; init; }

    /// <summary>What the kept graphs of the backward pass may take; 0 runs every block again.</summary>
    public long MaxGraphBytes { get; init; } = BackwardPass.MaxGraphBytes;

    /// <summary>A task's plan.</summary>
    /// <exception cref="NotSupportedException">Its device has no arithmetic of that precision.</exception>
    public static PassPlan Choose(AnalysisInput input, Precision precision)
    {
        var plan = new PassPlan { Device = input.Device.Torch, Type = precision.On(input.Device) };
        return input.Plan == MemoryPlan.Small ? plan with { RowsAtATime = 1, StreamsOnHost = true, MaxGraphBytes = 0 } : plan;
    }

    /// <summary>A task's plan where nothing goes backward.</summary>
    /// <remarks>
    /// On a processor each row passes alone, one on each core: its tensors stay in the caches and in memory that the process has already,
    /// where those of the whole batch would be
    /// new pages each time; and no row's numbers depend on the number of cores.
    /// </remarks>
    /// <exception cref="NotSupportedException">Its device has no arithmetic of that precision.</exception>
    public static PassPlan Forward(AnalysisInput input, Precision precision)
    {
        var plan = Choose(input, precision);
        return input.Device.IsCuda ? plan : plan with { RowsAtATime = 1, Threads = input.Threads };
    }

    /// <summary>A stream before a block: brought back to the device where it waited on the host.</summary>
    public Tensor ToDevice(Tensor stream) => StreamsOnHost && Device.type != DeviceType.CPU ? stream.to(Device) : stream;

    /// <summary>A stream after a block: moved to the host where it waits there.</summary>
    public Tensor ToHost(Tensor stream) => StreamsOnHost && Device.type != DeviceType.CPU ? stream.cpu() : stream;
}
