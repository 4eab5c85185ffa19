using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Execution;

/// <summary>Whose fault an exception is.</summary>
internal static class Failures
{
    /// <summary>Bad data is permanent; storage and network are infrastructure; what nobody foresaw is worth another attempt.</summary>
    public static FailureKind Classify(Exception error) => error switch
    {
        CheckpointFormatException or FileNotFoundException or DirectoryNotFoundException or InvalidDataException
            or ArgumentException or KeyNotFoundException or NotSupportedException or DeterminismException => FailureKind.Permanent,
        IOException or HttpRequestException or TimeoutException or UnauthorizedAccessException or Azure.RequestFailedException => FailureKind.Infrastructure,
        _ => FailureKind.Transient,
    };
}
