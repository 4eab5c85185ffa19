using System.Security.Cryptography;
using System.Text.Json;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.EndToEnd.Tests;

public sealed class CacheCommandTests : IDisposable
{
    private const string Repository = "models--lab--tiny";
    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-cache-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Cache_IsListedVerifiedRepairedAndPruned()
    {
        var good = Put(1, "model.safetensors", own: true);
        var bad = Put(2, "config.json", own: false);
        var (code, output, _) = await RunAsync("ls", "--json");
        Assert.Equal(0, code);
        using (var listed = JsonDocument.Parse(output))
        {
            var entry = listed.RootElement.EnumerateArray().Single(entry => entry.GetProperty("id").GetString() == good);
            Assert.Equal("step7/model.safetensors", entry.GetProperty("names")[0].GetString());
            Assert.Equal(1000, entry.GetProperty("bytes").GetInt64());
            Assert.True(entry.GetProperty("own").GetBoolean());
            Assert.Equal(2, listed.RootElement.GetArrayLength());
        }

        Assert.Equal(0, (await RunAsync("verify")).Code);
        await File.AppendAllTextAsync(Blob(bad), "x", Stop);
        (code, output, _) = await RunAsync("verify");
        Assert.Equal(1, code);
        Assert.Contains(Blob(bad), output, StringComparison.Ordinal);
        Assert.True(File.Exists(Blob(bad)));
        Assert.Equal(0, (await RunAsync("repair")).Code);
        Assert.False(File.Exists(Blob(bad)));
        Assert.Equal(0, (await RunAsync("verify")).Code);

        Assert.Equal(0, (await RunAsync("prune", "--keep", "1kB")).Code);
        Assert.True(File.Exists(Blob(good)));
        (code, output, _) = await RunAsync("prune", "--dry-run");
        Assert.Equal((0, true), (code, File.Exists(Blob(good))));
        Assert.Contains("1 files, 1 kB, would be removed.", output, StringComparison.Ordinal);
        (code, _, var errors) = await RunAsync("prune"); // standard input is no terminal: there is no answer
        Assert.Equal((2, true), (code, File.Exists(Blob(good))));
        Assert.Contains("--yes", errors, StringComparison.Ordinal);
        (code, output, _) = await RunAsync("prune", "--yes");
        Assert.Equal((0, false), (code, File.Exists(Blob(good))));
        Assert.Contains("0 B", output, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("prune", "--keep", "much")).Code);
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        PythiaProcess.RunAsync(["cache", .. arguments, "--cache", _folder]);

    private string Blob(string id) => Path.Combine(_folder, Repository, "blobs", id);

    // As the Python tools lay it out, by hand.
    private string Put(int seed, string name, bool own)
    {
        var content = new byte[1000];
        new Random(seed).NextBytes(content);
        var id = Convert.ToHexStringLower(SHA256.HashData(content));
        var commit = new string('c', 40);
        foreach (var folder in new[] { "blobs", $"snapshots/{commit}", "refs" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, Repository, folder));
        }

        File.WriteAllBytes(Blob(id), content);
        File.CreateSymbolicLink(Path.Combine(_folder, Repository, "snapshots", commit, name), $"../../blobs/{id}");
        File.WriteAllText(Path.Combine(_folder, Repository, "refs", "step7"), commit);
        if (own)
        {
            var mark = Path.Combine(_folder, ".locks", Repository, $"{id}.used");
            Directory.CreateDirectory(Path.GetDirectoryName(mark)!);
            File.WriteAllText(mark, "");
        }

        return id;
    }
}
