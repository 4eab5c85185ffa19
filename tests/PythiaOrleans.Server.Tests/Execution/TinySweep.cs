using System.Runtime.InteropServices;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

/// <summary>A sweep of the first model of a <see cref="TinySuite"/>, and what runs its tasks.</summary>
internal static class TinySweep
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 36).Select(i => i * 7 % 64)];

    /// <summary>Four rows of nine tokens, which need no tokenizer.</summary>
    public static TokenBatch Batch { get; } = TokenBatch.OfIds(Ids, 4, 9);

    /// <summary>What is stored of <see cref="Batch"/>.</summary>
    public static ReadOnlyMemory<byte> BatchContent => MemoryMarshal.AsBytes(Ids.AsSpan()).ToArray();

    public static SweepSpec Of(TinySuite suite, int reference, int? stride, params AnalysisId[] analyses) => new()
    {
        Name = "some",
        Models = [TinySuite.Models[0]],
        Steps = suite.Steps,
        Analyses = analyses,
        ReferenceStep = reference,
        Stride = stride,
        Source = suite.Source,
    };

    public static ShardRunner Runner(TinySuite suite, ResultStore store) =>
        new(FolderModels.Read(suite.Source), new CheckpointSources(), store, AnalysisRegistry.BuiltIn, TimeProvider.System);
}
