using System.Runtime.InteropServices;
using TorchSharp;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>What CUDA offers to this process, found out once; and the settings under which equal work gives equal bytes.</summary>
public static partial class Cuda
{
    private const string Driver = "libcuda.so.1";
    private const string Backend = "libtorch_cuda.so";

    // cuBLAS may otherwise divide a product over streams as it finds them (cuBLAS documentation, "Results reproducibility").
    private const string WorkspaceVariable = "CUBLAS_WORKSPACE_CONFIG";
    private const string Workspace = ":4096:8";

    private static readonly Lazy<int> Count = new(FindDevices);
    private static readonly Lazy<bool> Deterministic = new(SetDeterministic);

    /// <summary>GPUs that libtorch can use; 0 without a driver, or with the libtorch for processors.</summary>
    public static int DeviceCount => Count.Value;

    /// <summary>Why there is no GPU, and what to do; null where there is one.</summary>
    public static string? Absence()
    {
        if (DeviceCount > 0)
        {
            return null;
        }

        var reasons = new List<string>();
        if (!NativeLibrary.TryLoad(Driver, out _))
        {
            reasons.Add($"this machine has no NVIDIA driver ({Driver}; `nvidia-smi` must work first)");
        }

        if (!TryLoadBackend())
        {
            reasons.Add(
                "the libtorch of this build is the one for processors (build with -p:Cuda=true, or see docs/gpu.md for another libtorch)");
        }

        return reasons.Count > 0
            ? string.Join(", and ", reasons)
            : "libtorch finds no GPU (compare `nvidia-smi` with CUDA_VISIBLE_DEVICES and with the CUDA version of libtorch)";
    }

    /// <summary>Once, and only where a GPU is used: on a processor neither bytes nor speed may change.</summary>
    internal static void UseDeterministicAlgorithms() => _ = Deterministic.Value;

    private static int FindDevices()
    {
        // Without a driver nothing of libtorch is loaded: silos that only coordinate never need it.
        if (!NativeLibrary.TryLoad(Driver, out _) || !TryLoadBackend())
        {
            return 0;
        }

        // .NET keeps an environment of its own, which native code does not see. What the user has set stays.
        _ = SetVariable(WorkspaceVariable, Workspace, overwrite: 0);
        try
        {
            return torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        }
        catch (Exception error) when (error is TypeInitializationException or NotSupportedException or InvalidOperationException
            or DllNotFoundException or ExternalException)
        {
            return 0; // libraries that do not fit together: Absence() says what to compare
        }
    }

    // Before libtorch is asked for CUDA the first time: it would answer 'none' ever after.
    private static bool TryLoadBackend() => NativeLibrary.TryLoad(Backend, typeof(torch).Assembly, null, out _);

    private static bool SetDeterministic()
    {
        torch.backends.cuda.matmul.allow_tf32 = false;
        torch.backends.cudnn.allow_tf32 = false;
        Determinism.Set(true);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
