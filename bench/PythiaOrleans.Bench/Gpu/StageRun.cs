using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>What a stage works with: settings, a folder of its own, processes, and a file of facts that are kept one by one.</summary>
internal sealed class StageRun : IDisposable
{
    /// <summary>The exit code of a stage that has nothing to do here.</summary>
    public const int SkippedCode = 77;

    private static readonly JsonSerializerOptions Options =
        new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly StreamWriter _facts;

    public StageRun(KitSettings settings, string facts)
    {
        Settings = settings;
        _facts = new StreamWriter(facts) { AutoFlush = true };
        Folder = Directory.CreateTempSubdirectory("pythia-gpu-kit-").FullName;
    }

    public KitSettings Settings { get; }

    /// <summary>A folder of this stage, gone after it.</summary>
    public string Folder { get; }

    /// <summary>What the process ends with.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Keeps what was found; the same name again replaces it.</summary>
    public void Add(string name, object? value)
    {
        var text = JsonSerializer.Serialize(new { name, value }, Options);
        _facts.WriteLine(text);
        Console.WriteLine(text);
    }

    /// <summary>Keeps what differed from what was expected.</summary>
    public void Fail(string failure)
    {
        _facts.WriteLine(JsonSerializer.Serialize(new { failure }));
        Console.WriteLine(failure);
        ExitCode = 1;
    }

    /// <summary>Says why there is nothing to do here.</summary>
    public void Skip(string reason)
    {
        Add("skipped", reason);
        ExitCode = SkippedCode;
    }

    /// <summary>Runs <c>pythia</c> to its end.</summary>
    /// <returns>Its exit code, its standard output, and seconds.</returns>
    public (int Code, string Output, double Seconds) Pythia(params string[] arguments) =>
        Execute(KitSettings.Dotnet, null, [Settings.Pythia, .. arguments]);

    /// <summary>Sweeps what the arguments say into a store of this stage.</summary>
    /// <returns>Seconds.</returns>
    /// <exception cref="InvalidOperationException">It did not end well.</exception>
    public double Sweep(string store, params string[] arguments)
    {
        var (code, output, seconds) = Pythia(["sweep", "--store", store, "--name", "kit", .. arguments]);
        return code == 0 ? seconds : throw new InvalidOperationException($"pythia sweep ended with {code}, expected 0: {output}");
    }

    /// <summary>Runs a program to its end; its errors go to the log.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="onLine">Is told each line of standard output; null where all is wanted at the end.</param>
    /// <param name="arguments">Its arguments.</param>
    public static (int Code, string Output, double Seconds) Execute(string program, Action<string>? onLine, params string[] arguments)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = new List<string>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.Add(line);
            onLine?.Invoke(line);
        }

        process.WaitForExit();
        return (process.ExitCode, string.Join('\n', output), Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>The results in a store, by path, as digests of their bytes.</summary>
    public static Dictionary<string, string> Digests(string store) =>
        Directory.EnumerateFiles(Path.Combine(store, "results"), "*.parquet", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(store, file),
            file => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))),
            StringComparer.Ordinal);

    /// <summary>How the results of one model in a store were made, as their metadata says.</summary>
    public static async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> ProvenanceAsync(string store, string model)
    {
        var results = new ResultStore(new FolderBlobStore(store));
        var found = new List<IReadOnlyDictionary<string, string>>();
        foreach (var key in await results.ListAsync(model, CancellationToken.None))
        {
            found.Add((await results.ReadProvenanceAsync(key, CancellationToken.None))!);
        }

        return found;
    }

    public void Dispose()
    {
        _facts.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
