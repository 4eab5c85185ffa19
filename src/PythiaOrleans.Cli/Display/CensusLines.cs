using System.Globalization;
using PythiaOrleans.Checkpoints.Census;

namespace PythiaOrleans.Cli.Display;

/// <summary>The progress of a census: one line on a terminal, a new one every few seconds elsewhere.</summary>
internal sealed class CensusLines : IProgress<CensusProgress>
{
    private static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long? _lastLine;

    public void Report(CensusProgress value)
    {
        lock (_gate)
        {
            var hasEnded = value.Done == value.Total;
            if (!Console.IsErrorRedirected)
            {
                Console.Error.Write($"\r{Line(value)}{(hasEnded ? "\n" : "")}");
            }
            else if (hasEnded || _lastLine is not { } last || TimeProvider.System.GetElapsedTime(last) >= LineEvery)
            {
                _lastLine = TimeProvider.System.GetTimestamp();
                Output.Note(Line(value));
            }
        }
    }

    private static string Line(CensusProgress value) => string.Create(
        CultureInfo.InvariantCulture,
        $"{value.Model}: {value.Done} of {value.Total} revisions{(value.Kept > 0 ? $", {value.Kept} known from before" : "")}");
}
