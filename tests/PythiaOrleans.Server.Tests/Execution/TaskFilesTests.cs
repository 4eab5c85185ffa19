using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.WeightMoments;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

/// <summary>The files of one task: opened once, watched while they are read, and let go of.</summary>
public sealed class TaskFilesTests : IDisposable
{
    private readonly TinySuite _suite = new(3);
    private readonly ResultStore _store;

    public TaskFilesTests() => _store = new ResultStore(BlobStores.Open(_suite.Store("store")));

    [Fact]
    public async Task Files_AreLetGoOf()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has open is read from /proc.");
        var lease = new Lease();
        var task = await PrepareAsync(new WeightMomentsAnalysis(), lease);
        task.DeviceBytes("cpu"); // opens them for the first time
        Assert.Empty(task.Run(1, "cpu", Cancellation).Failures);
        Assert.NotEmpty(Open());
        Assert.False(lease.IsOver);

        await task.DisposeAsync();

        Assert.Empty(Open());
        Assert.True(lease.IsOver);

        IEnumerable<string?> Open() =>
            Directory.EnumerateFileSystemEntries("/proc/self/fd")
                .Select(handle => new FileInfo(handle).LinkTarget)
                .Where(file => file?.StartsWith(_suite.Source, StringComparison.Ordinal) is true);
    }

    /// <summary>Half of what was read may be of the old file and half of the new one.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(0)]
    [InlineData(10)]
    public async Task File_ThatIsWrittenToWhileItIsRead_GivesNoResult(int step)
    {
        var meddling = new Meddling(_suite.WeightsOf(TinySuite.Models[0], step));
        await using var task = await PrepareAsync(meddling);

        var failure = Assert.Single(task.Run(1, "cpu", Cancellation).Failures);

        Assert.Contains(_suite.WeightsOf(TinySuite.Models[0], step), failure.Message, StringComparison.Ordinal);
        Assert.False(await _store.ExistsAsync(new ResultKey(Checkpoint, meddling.Description.Id), Cancellation));
    }

    [Fact]
    public async Task BytesRead_AreThoseOfAllWeightFiles()
    {
        var files = await FetchAsync(Checkpoint.Step);
        var second = Path.Combine(_suite.Folder, "second.safetensors");
        SafetensorsWriter.Write(second, [new TensorToWrite("gpt_neox.layers.0.attention.bias", DType.F16, [4], new byte[8])]);
        var both = files with { Weights = [files.Weights[0], second] };
        await using var task = Prepare(new WeightMomentsAnalysis(), both, null, null);

        var result = task.Run(1, "cpu", Cancellation);

        Assert.Equal(new FileInfo(files.Weights[0]).Length + new FileInfo(second).Length, result.BytesRead);
    }

    public void Dispose() => _suite.Dispose();

    private static CheckpointId Checkpoint { get; } = new(TinySuite.Models[0], 20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<PreparedTask> PrepareAsync(IAnalysis analysis, params IDisposable[] files) =>
        Prepare(analysis, await FetchAsync(20), await FetchAsync(0), await FetchAsync(10), files);

    private PreparedTask Prepare(
        IAnalysis analysis, CheckpointFiles own, CheckpointFiles? reference, CheckpointFiles? previous, params IDisposable[] files) =>
        new(
            new TaskInputs(FolderModels.Read(_suite.Source).Find(Checkpoint.Model), "folder", own, reference, previous),
            [analysis],
            [],
            new BatchSpec(BatchSpec.DefaultText, "", 1, 8, 0),
            _store,
            new DigestCache(),
            TimeProvider.System,
            files);

    private ValueTask<CheckpointFiles> FetchAsync(int step) =>
        new FolderSource(_suite.Source).FetchAsync(Checkpoint with { Step = step }, Cancellation);

    private sealed class Lease : IDisposable
    {
        public bool IsOver { get; private set; }

        public void Dispose() => IsOver = true;
    }

    /// <summary>Writes to a file while it measures.</summary>
    private sealed class Meddling(string file) : IAnalysis
    {
        private readonly WeightMomentsAnalysis _moments = new();

        public AnalysisDescription Description => _moments.Description;

        public RequiredCheckpoints RequiredCheckpoints => RequiredCheckpoints.Reference | RequiredCheckpoints.Previous;

        public bool UsesDevice => false;

        public AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) => _moments.Estimate(shape, batch, bytes);

        public long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device) => 0;

        public ResultTable Run(AnalysisInput input, CancellationToken cancellationToken)
        {
            var table = _moments.Run(input, cancellationToken);
            File.AppendAllText(file, "more");
            return table;
        }
    }
}
