using System.Diagnostics;
using System.Text.Json;

namespace PythiaOrleans.Testing;

/// <summary>
/// The input of a case that people reported, as the case's own <c>make.py</c> writes it from invented numbers (shared/cases).
/// </summary>
internal static class CaseFolder
{
    /// <summary>The folder of all cases.</summary>
    public static string Root => SharedData.Folder("cases");

    /// <summary>Runs the case's script.</summary>
    /// <param name="name">The case: <c>wrapper-prefixes</c>.</param>
    /// <param name="target">Where the input goes.</param>
    /// <param name="others">What the script is told besides.</param>
    public static async Task<string> MakeAsync(string name, string target, params string[] others)
    {
        await RunAsync([Path.Combine(Root, name, "make.py"), target, .. others]);
        return target;
    }

    /// <summary>Runs lines of Python that may import the cases' own writers, <c>tiny</c> and <c>tinybin</c>.</summary>
    public static Task RunPythonAsync(string lines) =>
        RunAsync("-c", $"import sys; sys.path.insert(0, {JsonSerializer.Serialize(Root)})\n{lines}");

    private static async Task RunAsync(params string[] arguments)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", arguments) { RedirectStandardError = true })!;
        var error = await python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0, error);
    }
}
