using System.Diagnostics;

namespace PythiaOrleans.Testing;

/// <summary>The input of a case that people reported, as the case's own <c>make.py</c> writes it from invented numbers (shared/cases).</summary>
internal static class CaseFolder
{
    /// <summary>The folder of all cases.</summary>
    public static string Root => SharedData.Folder("cases");

    /// <summary>Runs the case's script.</summary>
    /// <param name="name">The case: <c>wrapper-prefixes</c>.</param>
    /// <param name="target">Where the input goes.</param>
    public static async Task<string> MakeAsync(string name, string target)
    {
        using var python = Process.Start(new ProcessStartInfo("python3", [Path.Combine(Root, name, "make.py"), target]) { RedirectStandardError = true })!;
        var error = await python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0, error);
        return target;
    }
}
