using Orleans.Runtime;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Display;

/// <summary>What the command line says when a command fails.</summary>
internal static class CommandFailure
{
    /// <summary>
    /// One sentence with what to do, for errors that have one. What was not foreseen is named, and written whole into a file, so that it
    /// can be reported.
    /// </summary>
    public static string Describe(Exception error) => error switch
    {
        ArgumentException { ParamName: not null } usage =>
            // .NET adds the name of the parameter, which is a word of the code.
            usage.Message.Replace($" (Parameter '{usage.ParamName}')", "", StringComparison.Ordinal),
        ArgumentException => error.Message,
        AggregateException { InnerExceptions: [var only] } => Describe(only),
        StoreUnavailableException or SourceUnavailableException or AccessDeniedException or CheckpointFormatException => error.Message,
        OrleansException or TimeoutException => $"The cluster does not answer: {error.Message} Look at its silos, then try again; nothing "
            + "that was committed is lost.",
        IOException or UnauthorizedAccessException or HttpRequestException => error.Message,
        InvalidDataException or InvalidOperationException or FormatException or DamagedResultsException => error.Message,
        _ => $"This is a mistake in pythia: {error.GetType().Name}: {error.Message} Please report it with {Write(error)}.",
    };

    private static string Write(Exception error)
    {
        var file = Path.Combine(Path.GetTempPath(), $"pythia-error-{Environment.ProcessId}.txt");
        try
        {
            File.WriteAllText(file, error.ToString());
            return file;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return $"what follows:{Environment.NewLine}{error}";
        }
    }
}
