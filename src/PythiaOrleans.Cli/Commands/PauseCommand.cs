using System.CommandLine;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia pause</c>: a running sweep hands out no more tasks.</summary>
internal static class PauseCommand
{
    public static Command Create() => Steering.Create(
        "pause", "Pause a sweep that runs in another terminal; what runs ends as usual. `pythia resume` goes on.",
        sweep => sweep.PauseAsync());
}
