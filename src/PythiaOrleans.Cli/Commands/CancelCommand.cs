using System.CommandLine;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia cancel</c>: a running sweep drops what it has not computed.</summary>
internal static class CancelCommand
{
    public static Command Create() => Steering.Create(
        "cancel", "Cancel a sweep that runs in another terminal. What was committed stays.", sweep => sweep.CancelAsync());
}
