using System.ComponentModel;
using System.Diagnostics;

namespace PythiaOrleans.Testing;

/// <summary>Other programs that tests run.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end; a test that is cancelled ends it, with what it started.</summary>
    /// <param name="start">Which, and how; both outputs are taken.</param>
    /// <exception cref="FileNotFoundException">It is not on this machine.</exception>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception error)
        {
            throw new FileNotFoundException($"{start.FileName} is not there: run ./test.sh, which installs it.", error);
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
