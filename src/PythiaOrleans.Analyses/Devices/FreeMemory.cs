using System.Runtime.InteropServices;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>Native memory that was freed, and that the allocator keeps for the next tensor.</summary>
/// <remarks>
/// glibc gives threads arenas of their own, up to eight for each core, and an arena keeps what was freed in it. The tensors of the next
/// thread or analysis come on top.
/// </remarks>
public static partial class FreeMemory
{
    private const int ArenaMax = -8; // M_ARENA_MAX of malloc.h

    private static readonly bool IsGlibc = OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(
        NativeLibrary.GetMainProgramHandle(), "malloc_trim", out _);

    /// <summary>
    /// From now on there are no more arenas than cores: a stage's threads take those of the last one. To be called when the process starts.
    /// </summary>
    /// <remarks>
    /// What the user has set for glibc stays. Does nothing where the allocator is not glibc's. A pass of pythia-410m takes 60 % of
    /// the memory in the same time.
    /// </remarks>
    public static void ShareArenas()
    {
        if (IsGlibc && Environment.GetEnvironmentVariable("MALLOC_ARENA_MAX") is null
            && Environment.GetEnvironmentVariable("GLIBC_TUNABLES") is null)
        {
            _ = SetOption(ArenaMax, Environment.ProcessorCount);
        }
    }

    /// <summary>Gives it back to the system; does nothing where the allocator is not glibc's.</summary>
    public static void Return()
    {
        if (IsGlibc)
        {
            _ = Trim(0);
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
