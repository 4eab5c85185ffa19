using System.Diagnostics;
using System.Text.Json;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The notebooks of the docs run, and show what is committed.</summary>
public sealed class NotebookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Both in one process: most of the time is that of starting Jupyter's kernels.</summary>
    [Fact]
    public async Task Notebooks_RunInJupyter_AndShowWhatIsCommitted()
    {
        var docs = Path.Combine(SharedData.Repository, "docs", "notebooks");
        await RunAsync();
        var notebooks = Directory.GetFiles(docs, "*.ipynb");
        Assert.Equal(2, notebooks.Length);
        Assert.All(notebooks, notebook =>
        {
            var (committed, now) = (Outputs(notebook), Outputs(_folder[Path.GetFileName(notebook)]));
            Assert.Contains("<picture>", now);
            Assert.Equal(committed.Length, now.Length);
        });

        // The published numbers never change; verdicts do, with the rules.
        var tour = Outputs(Path.Combine(docs, "tour.ipynb"));
        Assert.True(
            tour.SequenceEqual(Outputs(_folder["tour.ipynb"])), "tour.ipynb shows other text now; write it again with scripts/docs.sh.");
        Assert.Contains(tour, text => text.Contains("pythia-1.4b    142", StringComparison.Ordinal));
        Assert.Contains(Outputs(_folder["findings.ipynb"]), text => text.Contains("bias-twins   holds", StringComparison.Ordinal));
    }

    // The tables of a notebook as text; of a picture only that there is one, because its bytes depend on the drawing library's version.
    private static string[] Outputs(string file)
    {
        using var notebook = JsonDocument.Parse(File.ReadAllText(file));
        return
        [
            .. from cell in notebook.RootElement.GetProperty("cells").EnumerateArray()
               where cell.TryGetProperty("outputs", out _)
               from output in cell.GetProperty("outputs").EnumerateArray()
               select output.TryGetProperty("data", out var data)
                   ? data.TryGetProperty("image/png", out _) ? "<picture>" : Joined(data.GetProperty("text/plain"))
                   : Joined(output.GetProperty("text")),
        ];
    }

    private static string Joined(JsonElement text) =>
        text.ValueKind == JsonValueKind.String ? text.GetString()! : string.Concat(text.EnumerateArray().Select(line => line.GetString()));

    private async Task RunAsync()
    {
        string[] arguments =
        [
            Path.Combine(SharedData.Repository, "scripts", "run-notebooks.py"), "--out", _folder.Root, "--program",
            Path.Combine(AppContext.BaseDirectory, "pythia.dll"),
        ];
        var (code, _, errors) = await Programs.RunAsync(new ProcessStartInfo("/usr/bin/python3", arguments));
        Assert.True(code == 0, errors);
    }
}
