using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Execution;

/// <summary>Decides what becomes of a task by the exception that ended it.</summary>
/// <remarks>
/// Only exceptions of this project and of the file system are told apart here. The code that knows a library (Azure, Polly, HTTP) translates what that throws.
/// </remarks>
internal static class Failures
{
    /// <summary>
    /// Bad data and refused access are permanent: trying again cannot help. Storage that is away is infrastructure: it is not counted against the shard.
    /// Anything unforeseen is transient: it is worth another attempt.
    /// </summary>
    public static FailureKind Classify(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var only] } => Classify(only),
        StoreUnavailableException or SourceUnavailableException => FailureKind.Infrastructure,
        UnknownAnalysisException => FailureKind.Infrastructure, // another silo may compute it
        AccessDeniedException or UnauthorizedAccessException => FailureKind.Permanent,
        CheckpointFormatException or DeterminismException or InvalidDataException => FailureKind.Permanent,
        FileNotFoundException or DirectoryNotFoundException => FailureKind.Permanent,
        ArgumentException or KeyNotFoundException or NotSupportedException => FailureKind.Permanent,
        IOException => FailureKind.Infrastructure,
        _ => FailureKind.Transient,
    };
}
