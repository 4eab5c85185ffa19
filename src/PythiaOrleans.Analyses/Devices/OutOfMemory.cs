using System.Runtime.InteropServices;

namespace PythiaOrleans.Analyses.Devices;

/// <summary>Tells an allocation that failed from other errors: libtorch says it only in its message.</summary>
public static class OutOfMemory
{
    // "CUDA out of memory. Tried to allocate ...", "CUDA error: out of memory"; its processor allocator; CUDA's libraries about their
    // workspaces.
    private static readonly string[] Words =
    [
        "out of memory", "DefaultCPUAllocator: can't allocate memory", "DefaultCPUAllocator: not enough memory",
        "CUBLAS_STATUS_ALLOC_FAILED", "CUSOLVER_STATUS_ALLOC_FAILED",
    ];

    /// <summary>Whether the error, or one that caused it, is a failed allocation on host or device.</summary>
    public static bool IsCauseOf(Exception error) => error switch
    {
        OutOfMemoryException => true,
        ExternalException when Array.Exists(Words, words => error.Message.Contains(words, StringComparison.Ordinal)) => true,
        AggregateException many => many.InnerExceptions.Any(IsCauseOf),
        { InnerException: { } cause } => IsCauseOf(cause),
        _ => false,
    };

    /// <summary>The message's first line: libtorch adds a stack of addresses.</summary>
    public static string Describe(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.Message.Split('\n')[0];
    }
}
