using System.Globalization;
using TorchSharp;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>Where tensors live: <c>cpu</c>, or <c>cuda:0</c> for the first GPU that CUDA shows to this process.</summary>
public readonly record struct ComputeDevice
{
    private const string CudaPrefix = "cuda:";

    // Counted from 1, so that the default value is the processor.
    private readonly int _gpu;

    private ComputeDevice(int index) => _gpu = index + 1;

    /// <summary>The processor.</summary>
    public static ComputeDevice Cpu => default;

    /// <summary>As CUDA counts GPUs, from 0; 0 for the processor.</summary>
    public int Index => IsCuda ? _gpu - 1 : 0;

    /// <summary>Host threads that work on independent matrices: one a core, or as many as keep a GPU's queue filled.</summary>
    public int Threads => IsCuda ? CoreThreads.MaxForGpu : Environment.ProcessorCount;

    /// <summary>The threads that one slot keeps busy on average: a processor's slots share its cores, a GPU's slots do not.</summary>
    public int ThreadsOfOneSlot => IsCuda ? Threads : 1;

    /// <summary>Whether it is a GPU.</summary>
    public bool IsCuda => _gpu > 0;

    /// <summary>What provenance says: <c>cpu</c> or <c>cuda</c>. <see cref="RoundingKind"/> says more.</summary>
    public string Kind => IsCuda ? "cuda" : "cpu";

    /// <summary>
    /// What records say of it: equal bytes of what libtorch computes are promised within it. See <see cref="ProcessorKind"/>.
    /// </summary>
    public string RoundingKind => IsCuda ? Kind : ProcessorKind.Name;

    /// <summary>Whether this process can compute on it. Never throws, whatever libraries are missing.</summary>
    public bool IsAvailable => !IsCuda || _gpu <= Cuda.DeviceCount;

    /// <summary>libtorch's own device. The first GPU asked for puts libtorch into its deterministic mode.</summary>
    internal torch.Device Torch
    {
        get
        {
            if (!IsCuda)
            {
                return torch.CPU;
            }

            Cuda.UseDeterministicAlgorithms();
            return new torch.Device(DeviceType.CUDA, Index);
        }
    }

    /// <summary>A GPU.</summary>
    /// <param name="index">From 0, as CUDA counts.</param>
    public static ComputeDevice Gpu(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new ComputeDevice(index);
    }

    /// <summary>Reads what <see cref="ToString"/> prints.</summary>
    /// <exception cref="FormatException">The text names no device.</exception>
    public static ComputeDevice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text == "cpu")
        {
            return Cpu;
        }

        return text.StartsWith(CudaPrefix, StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < int.MaxValue
            ? new ComputeDevice(index)
            : throw new FormatException($"'{text}' names no device: expected cpu, or cuda: and a number from 0, as in cuda:0.");
    }

    /// <summary>The one spelling: <c>cpu</c> or <c>cuda:0</c>.</summary>
    public override string ToString() => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"{CudaPrefix}{Index}") : "cpu";
}
