using System.Diagnostics;
using System.Text;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The real command in its own process.</summary>
internal sealed class PythiaProcess : IDisposable
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private PythiaProcess(Process process) => Process = process;

    public Process Process { get; }

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public static PythiaProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static PythiaProcess Start(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        StartOther("pythia.dll", environment, arguments);

    /// <summary>Another program that lies beside the tests.</summary>
    public static PythiaProcess StartOther(string program, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
        };
        start.Environment["NO_COLOR"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var pythia = new PythiaProcess(new Process { StartInfo = start });
        pythia.Process.OutputDataReceived += (_, line) => Append(pythia._output, line.Data);
        pythia.Process.ErrorDataReceived += (_, line) => Append(pythia._errors, line.Data);
        pythia.Process.Start();
        pythia.Process.BeginOutputReadLine();
        pythia.Process.BeginErrorReadLine();
        return pythia;
    }

    /// <summary>Runs to the end and says what the exit code was; a command that does not end in time is a failure of the test.</summary>
    public static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(
        IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var pythia = Start(environment, arguments);
        await pythia.WaitAsync();
        return (pythia.Process.ExitCode, pythia.Output, pythia.Errors);
    }

    public async Task WaitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        await Process.WaitForExitAsync(limit.Token);
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill(entireProcessTree: true);
            Process.WaitForExit();
        }

        Process.Dispose();
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.AppendLine(line);
        }
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }
}
