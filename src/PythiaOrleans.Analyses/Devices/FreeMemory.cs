using System.Runtime.InteropServices;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>Native memory that was freed, and that the allocator keeps for the next tensor.</summary>
/// <remarks>
/// glibc keeps up to 64 MB for each thread that ever held tensors. The tensors of the next analysis have other sizes, and come on top.
/// </remarks>
public static partial class FreeMemory
{
    private static readonly bool IsGlibc = OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(
        NativeLibrary.GetMainProgramHandle(), "malloc_trim", out _);

    /// <summary>Gives it back to the system; does nothing where the allocator is not glibc's.</summary>
    public static void Return()
    {
        if (IsGlibc)
        {
            _ = Trim(0);
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);
}
