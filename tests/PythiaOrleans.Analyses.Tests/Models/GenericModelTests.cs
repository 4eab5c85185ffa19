using System.Runtime.InteropServices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A model without a family, through every analysis.</summary>
public sealed class GenericModelTests
{
    private static readonly (string Name, long[] Shape)[] Tensors =
    [
        ("backbone.embeddings.weight", [20, 8]), ("backbone.norm_f.weight", [8]),
        .. Enumerable.Range(0, 2).SelectMany(block => new (string, long[])[]
        {
            ($"backbone.layers.{block}.mixer.in_proj.weight", [24, 8]), ($"backbone.layers.{block}.mixer.conv1d.weight", [12, 1, 4]),
            ($"backbone.layers.{block}.mixer.A_log", [12, 2]), ($"backbone.layers.{block}.mixer.D", [12]),

            // as GPT-NeoX calls it, and of another layout
            ($"backbone.layers.{block}.attention.query_key_value.weight", [10, 8]),
        }),
    ];

    [Fact]
    public async Task EveryAnalysisOfWeights_MeasuresAModelWithoutAFamily()
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = await OpenAsync(folder);
        var input = new AnalysisInput(
            checkpoint, checkpoint, null, new ModelEntry { Name = "mine", Shape = checkpoint.Shape, Steps = [0], TokenCount = 1 })
        {
            Device = Devices.ComputeDevice.Cpu,
        };
        var tables = new Dictionary<string, ResultTable>();
        var refused = new List<string>();
        foreach (var analysis in AnalysisRegistry.BuiltIn.Create(ActivationTests.Settings(2, 9)))
        {
            try
            {
                tables.Add(analysis.Description.Name, analysis.Run(input, TestContext.Current.CancellationToken));
            }
            catch (NotSupportedException error) when (error.Message.Contains("mamba", StringComparison.Ordinal))
            {
                refused.Add(analysis.Description.Name);
            }
        }

        Assert.Equal(
            ["attention-heads", "behaviour", "representation-geometry", "residual-stream", "stream-controls", "weight-gradients"],
            refused.Order());
        var moments = tables["weight-moments"];
        Assert.Equal(
            [
                "attention.query_key_value", "backbone.embeddings", "backbone.norm_f", "mixer.A_log", "mixer.D", "mixer.conv1d",
                "mixer.in_proj",
            ],

            moments.Read<string>("component").Distinct().Order(StringComparer.Ordinal));
        Assert.All(
            new[] { "weight-moments", "weight-distance", "weight-distribution", "weight-spectrum", "integrity" },
            name => Assert.True(tables[name].Count > 0, name));
        Assert.Equal(0, tables["svd-directions"].Count + tables["embedding-correlation"].Count + tables["embedding-seriation"].Count);
    }

    private static async Task<Checkpoint> OpenAsync(TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder["mine/step0"]);
        await File.WriteAllTextAsync(
            folder["mine/step0/config.json"], """{"model_type":"mamba","hidden_size":8,"num_hidden_layers":2,"vocab_size":20}""", TestContext.Current.CancellationToken);
        var random = new Random(3);
        SafetensorsWriter.Write(folder["mine/step0/model.safetensors"], [.. Tensors.Select(tensor =>
        {
            var values = Enumerable.Range(0, (int)tensor.Shape.Aggregate(1L, (product, size) => product * size))
                .Select(_ => (float)random.NextDouble())
                .ToArray();
            return new TensorToWrite(tensor.Name, DType.F32, tensor.Shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        })]);
        return CheckpointReader.Open(
            await new FolderSource(folder.Root).FetchAsync(new CheckpointId("mine", 0), TestContext.Current.CancellationToken));
    }
}
