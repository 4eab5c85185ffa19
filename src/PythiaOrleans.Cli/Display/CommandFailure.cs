using Orleans.Runtime;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Display;

/// <summary>What the command line says when a command fails.</summary>
internal static class CommandFailure
{
    /// <summary>
    /// One sentence with what to do, for errors that have one; everything that was not foreseen is shown whole, so that it can be reported.
    /// </summary>
    public static string Describe(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        StoreUnavailableException or SourceUnavailableException or AccessDeniedException or CheckpointFormatException => error.Message,
        OrleansException or TimeoutException => $"The cluster does not answer: {error.Message} Look at its silos, then try again; nothing "
            + "that was committed is lost.",
        IOException or UnauthorizedAccessException or HttpRequestException => error.Message,
        InvalidDataException or InvalidOperationException or FormatException or DamagedResultsException => error.Message,
        _ => $"This is a mistake in pythia, please report it: {error}",
    };
}
