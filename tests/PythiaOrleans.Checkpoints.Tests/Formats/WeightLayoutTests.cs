using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>The same checkpoint in each layout of a folder, written by PyTorch.</summary>
public sealed class WeightLayoutTests
{
    private const string Config =
        """{ "model_type": "gpt_neox", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32,"""
        + """ "vocab_size": 16 }""";

    private static readonly CheckpointId Id = new("tiny", 10);

    public static TheoryData<string[], string[]> Layouts { get; } = new()
    {
        { ["neox.bin"], ["pytorch_model.bin"] },
        { ["neox-legacy.bin"], ["pytorch_model.bin"] },
        {
            ["neox-00001-of-00002.bin", "neox-00002-of-00002.bin"],
            ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
        },
        {
            ["neox-00001-of-00002.bin", "neox-00002-of-00002.bin", "neox.index.json"],
            ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin", "pytorch_model.bin.index.json"]
        },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public async Task Checkpoint_InEveryLayout_HoldsTheSameParameters(string[] fixtures, string[] names)
    {
        using var folder = new TemporaryFolder();
        Place(folder, fixtures, names);
        using var checkpoint = CheckpointReader.Open(await FetchAsync(folder));
        using var facts = JsonDocument.Parse(TorchFixture.Bytes("neox.json"));
        Assert.Equal(2 + (2 * 12) + 2, checkpoint.Parameters.Count);
        Assert.Equal(6, checkpoint.DroppedBuffers.Count);
        Assert.Empty(checkpoint.UnknownTensors);
        Assert.All(checkpoint.Parameters, parameter => Assert.Equal(
            facts.RootElement.GetProperty(parameter.Tensor.Name).GetProperty("sha256").GetString(),
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(TorchFileTests.Bytes(parameter.Tensor)))));
        Assert.Equal(names.Count(name => name.EndsWith(".bin", StringComparison.Ordinal)), checkpoint.Files.Count);
    }

    [Fact]
    public async Task Folder_WithBothFormats_PrefersSafetensors()
    {
        using var folder = new TemporaryFolder();
        Place(folder, ["neox.bin", "neox.bin"], ["pytorch_model.bin", "model.safetensors"]);
        var files = await FetchAsync(folder);
        Assert.Equal("model.safetensors", Path.GetFileName(Assert.Single(files.Weights)));
        // what is called safetensors is never read as a pickle
        Assert.Throws<CheckpointFormatException>(() => CheckpointReader.Open(files));
    }

    [Fact]
    public async Task Index_ThatNamesAMissingFile_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        Place(folder, ["neox-00001-of-00002.bin", "neox.index.json"], ["pytorch_model-00001-of-00002.bin", "pytorch_model.bin.index.json"]);
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(async () => await FetchAsync(folder));
        Assert.Contains("without pytorch_model-00002-of-00002.bin", error.Message, StringComparison.Ordinal);
        Assert.NotNull(await new FolderSource(folder.Root).FindAsync(Id, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{ "weight_map": { "a": "../../../etc/passwd" } }""", "names of files beside the index")]
    [InlineData("""{ "weight_map": { "a": "/etc/passwd" } }""", "names of files beside the index")]
    [InlineData("""{ "weight_map": {} }""", "names of files beside the index")]
    [InlineData("""{ "weight_map": [] }""", "an object of file names")]
    [InlineData("[]", "an object of file names")]
    [InlineData("{", "JSON")]
    public async Task Index_ThatMakesNoSense_IsRefused(string index, string complaint)
    {
        using var folder = new TemporaryFolder();
        Place(folder, [], []);
        await File.WriteAllTextAsync(
            Path.Combine(folder.Root, Id.Path, "model.safetensors.index.json"), index, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(async () => await FetchAsync(folder));
        Assert.Contains(complaint, error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// 10,000 damaged indexes from one good one: always the typed exception or files that are there, without much memory.
    /// </summary>
    [Fact]
    public void Index_DamagedAtRandom_IsReadOrRefusedButNeverWorse()
    {
        const int seed = 20261127;
        using var folder = new TemporaryFolder();
        var good = System.Text.Encoding.UTF8.GetBytes(
            """{"metadata":{"total_size":8},"weight_map":{"a":"model-00001-of-00002.safetensors","""
            + """ "b":"model-00002-of-00002.safetensors"}}""");
        File.WriteAllText(folder["model-00001-of-00002.safetensors"], "");
        File.WriteAllText(folder["model-00002-of-00002.safetensors"], "");
        var random = new Random(seed);
        int refused = 0, read = 0;
        var count = DamageTrials.Count(3_000);
        for (var i = 0; i < count; i++)
        {
            var bytes = good.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(4) == 0 ? (byte)"{}[]\",:/.\\0"[random.Next(11)] : (byte)random.Next(256);
            }

            File.WriteAllBytes(folder["model.safetensors.index.json"], random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Assert.All(WeightLayout.In(folder.Root)!.Complete(folder.Root), file => Assert.True(File.Exists(file)));
                read++;
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }

            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20, $"seed {seed}, case {i}");
        }

        Assert.True(refused > 1_500 && read > 30, $"seed {seed}: {refused} refused, {read} read");
    }

    private static ValueTask<CheckpointFiles> FetchAsync(TemporaryFolder folder) =>
        new FolderSource(folder.Root).FetchAsync(Id, TestContext.Current.CancellationToken);

    private static void Place(TemporaryFolder folder, string[] fixtures, string[] names)
    {
        var target = Directory.CreateDirectory(Path.Combine(folder.Root, Id.Path)).FullName;
        File.WriteAllText(Path.Combine(target, "config.json"), Config);
        foreach (var (fixture, name) in fixtures.Zip(names))
        {
            File.Copy(TorchFixture.PathOf(fixture), Path.Combine(target, name));
        }
    }
}
