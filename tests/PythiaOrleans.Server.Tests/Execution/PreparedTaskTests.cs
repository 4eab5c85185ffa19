using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightMoments;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Testing;
using TorchSharp;

namespace PythiaOrleans.Server.Tests;

/// <summary>One task with real analyses of a real checkpoint; what fails is a real allocation of libtorch.</summary>
public sealed class PreparedTaskTests : IDisposable
{
    private readonly TinySuite _suite = new(1);

    [Fact]
    public async Task Analysis_WhoseMemoryRunsOut_IsDoneRowByRow()
    {
        var starving = new Starving(Stream(), MemoryPlan.Full);

        var result = await RunAsync("full", starving);

        Assert.Empty(result.Failures);
        Assert.Equal([MemoryPlan.Full, MemoryPlan.Small], starving.Plans);
        Assert.Equal("small", (await ProvenanceAsync("full", starving))["memory_plan"]);
    }

    [Fact]
    public async Task Analysis_ThatFits_SaysNothingOfPlans()
    {
        await RunAsync("plain", Stream());
        var provenance = await ProvenanceAsync("plain", Stream());
        Assert.DoesNotContain("memory_plan", provenance.Keys);
        Assert.Equal(("cpu", "F64"), (provenance["device"], provenance["dtype"]));
    }

    [Fact]
    public async Task Analysis_WhoseMemoryRunsOutTwice_FailsForATime_AndTheOthersAreDone()
    {
        var starving = new Starving(Stream(), MemoryPlan.Full, MemoryPlan.Small);

        var result = await RunAsync("both", starving, Moments());

        Assert.Equal([MemoryPlan.Full, MemoryPlan.Small], starving.Plans);
        Assert.Equal([Moments().Description.Id], result.Committed);
        var failure = Assert.Single(result.Failures);
        Assert.Equal((starving.Description.Id, FailureKind.Transient), (failure.Analysis, failure.Kind));
        Assert.All(
            ["tiny-a/step0", "residual-stream", "memory of cpu", "row by row", "can't allocate memory", "Worker:Memory"],
            words => Assert.Contains(words, failure.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("frame #", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counting_WhoseMemoryRunsOut_HasNoSmallerPlan()
    {
        var starving = new Starving(Moments(), MemoryPlan.Full);
        var result = await RunAsync("counting", starving);
        Assert.Equal([MemoryPlan.Full], starving.Plans);
        var failure = Assert.Single(result.Failures);
        Assert.Equal(FailureKind.Transient, failure.Kind);
        Assert.DoesNotContain("row by row", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Whichever plan came first stays: both are right. It is otherwise where plan and device are the same.</summary>
    [Fact]
    public async Task Result_OfAnotherPlan_IsLeftAsItIs()
    {
        await RunAsync("plans", Stream());
        var first = await BytesAsync("plans", Stream());

        var result = await RunAsync("plans", new Starving(Stream(), MemoryPlan.Full));

        Assert.Equal([Stream().Description.Id], result.Committed);
        Assert.Equal(first, await BytesAsync("plans", Stream()));
    }

    [Theory]
    [InlineData("cuda", null, null, true)]
    [InlineData("cpu", "small", null, true)]
    [InlineData("cpu", null, null, false)]
    [InlineData("cpu", null, "cpu:another", true)]
    [InlineData("cpu", null, "this one", false)]
    public async Task Result_WithOtherBytes_IsAViolationOnlyOfItsOwnKind(string device, string? plan, string? processor, bool isLeft)
    {
        var provenance = new Dictionary<string, string> { ["device"] = device, ["software"] = "somebody else's" };
        if (plan is not null)
        {
            provenance["memory_plan"] = plan;
        }

        var key = new ResultKey(Checkpoint, Stream().Description.Id);
        var other = await ResultParquet.WriteAsync(ResultTable.From(Checkpoint, [new Row("embed_in", 1.5)]), provenance, Cancellation);
        var run = new RunRecord("", 1, "", default, 1, 0, 0) { Device = processor == "this one" ? ProcessorKind.Name : processor };
        await Store("kinds").CommitAsync(key, other, run, Cancellation);

        var result = await RunAsync("kinds", Stream());

        Assert.Equal(isLeft ? 0 : 1, result.Failures.Count);
        Assert.All(result.Failures, failure => Assert.Equal(FailureKind.Permanent, failure.Kind));
        Assert.Equal(other, await BytesAsync("kinds", Stream()));
    }

    /// <summary>The first writer's record follows its result, and may come while another has compared the bytes already.</summary>
    [Fact]
    public async Task Record_OfTheFirstWriter_IsWaitedFor()
    {
        var key = new ResultKey(Checkpoint, Stream().Description.Id);
        var provenance = new Dictionary<string, string> { ["device"] = "cpu" };
        var other = await ResultParquet.WriteAsync(ResultTable.From(Checkpoint, [new Row("embed_in", 1.5)]), provenance, Cancellation);
        var late = new ResultStore(BlobStores.Open(_suite.Store("late")));
        await late.Blobs.TryCreateAsync(key.Path, other, Cancellation);
        var elsewhere = new ResultStore(BlobStores.Open(_suite.Store("elsewhere")));
        await elsewhere.CommitAsync(key, other, new RunRecord("", 1, "", default, 1, 0, 0) { Device = "cpu:another" }, Cancellation);
        var record = await elsewhere.Blobs.ReadAsync(key.RunPath, Cancellation);
        var clock = new WhileWaiting(() => late.Blobs.WriteAsync(key.RunPath, record, CancellationToken.None).GetAwaiter().GetResult());
        await using var task = await PrepareAsync("late", clock, Stream());

        Assert.Empty(task.Run(1, "cpu", Cancellation).Failures);
    }

    /// <summary>Where no GPU is, what only says that it computes on one shows which device is written down.</summary>
    [Fact]
    public async Task Device_OfTheTask_IsThatOfWhatComputesOnIt()
    {
        var pretending = new Starving(Moments()) { UsesDevice = true };
        await using (var task = await PrepareAsync("cuda", pretending))
        {
            Assert.Empty(task.Run(1, "cuda:0", Cancellation).Failures);
        }

        Assert.Equal("cuda", (await ProvenanceAsync("cuda", pretending))["device"]);
        await using (var task = await PrepareAsync("host", Moments()))
        {
            Assert.Empty(task.Run(1, "cuda:0", Cancellation).Failures);
        }

        Assert.Equal("cpu", (await ProvenanceAsync("host", Moments()))["device"]);
    }

    /// <summary>Those that observe the same forward pass find each other through it.</summary>
    [Fact]
    public async Task Analyses_OfATask_KnowOfEachOther()
    {
        var first = new Starving(Moments());
        await RunAsync("together", first, Stream());
        Assert.Equal([Moments().Description.Id, Stream().Description.Id], first.Others);
    }

    /// <summary>A source that signs no bytes leaves nothing to compare, which is not the same as no bytes.</summary>
    [Fact]
    public async Task Record_WithoutSigns_SaysNothingOfTheSourcesBytes()
    {
        await RunAsync("unsigned", Moments());
        var run = await Store("unsigned").ReadRunAsync(new ResultKey(Checkpoint, Moments().Description.Id), Cancellation);
        Assert.Null(run!.SourceBytes);
    }

    /// <summary>What is counted on the host has the same bytes on every processor, so that another one is no excuse.</summary>
    [Fact]
    public async Task Count_WithOtherBytes_IsAViolationOnEveryProcessor()
    {
        await RunAsync("counts", Moments());
        Assert.Null((await Store("counts").ReadRunAsync(new ResultKey(Checkpoint, Moments().Description.Id), Cancellation))!.Device);
        await RunAsync("counts", Stream());
        var stream = await Store("counts").ReadRunAsync(new ResultKey(Checkpoint, Stream().Description.Id), Cancellation);
        Assert.Equal(ProcessorKind.Name, stream!.Device);

        var provenance = new Dictionary<string, string> { ["device"] = "cpu" };
        var key = new ResultKey(Checkpoint, Moments().Description.Id);
        var other = await ResultParquet.WriteAsync(ResultTable.From(Checkpoint, [new Row("embed_in", 1.5)]), provenance, Cancellation);
        var run = new RunRecord("", 1, "", default, 1, 0, 0) { Device = "cpu:another" };
        await Store("host").CommitAsync(key, other, run, Cancellation);
        Assert.Equal(FailureKind.Permanent, Assert.Single((await RunAsync("host", Moments())).Failures).Kind);
    }

    /// <summary>What lies there is no table: nobody can say of which kind it is.</summary>
    [Fact]
    public async Task Result_ThatCannotBeRead_IsAViolation()
    {
        var key = new ResultKey(Checkpoint, Moments().Description.Id);
        await Store("junk").CommitAsync(key, new byte[] { 1, 2, 3 }, new RunRecord("", 1, "", default, 1, 0, 0), Cancellation);
        Assert.Equal(FailureKind.Permanent, Assert.Single((await RunAsync("junk", Moments())).Failures).Kind);
    }

    [Fact]
    public async Task Precision_OfTheSweep_StandsInTheProvenance()
    {
        var half = Stream(Precision.BFloat16);
        Assert.NotEqual(Stream().Description.Id, half.Description.Id);
        Assert.Empty((await RunAsync("half", half)).Failures);
        Assert.Equal("BF16", (await ProvenanceAsync("half", half))["dtype"]);
    }

    [Fact]
    public async Task Float16_OnAProcessor_IsRefusedForGood()
    {
        var failure = Assert.Single((await RunAsync("float16", Stream(Precision.Float16))).Failures);
        Assert.Equal(FailureKind.Permanent, failure.Kind);
        Assert.Contains("float16 on cpu", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Task_ThatComputesOnTheDevice_WantsMemoryOfIt()
    {
        await using var task = await PrepareAsync("memory", Stream(), Moments());
        await using var counting = await PrepareAsync("memory", Moments());
        Assert.True(task.DeviceBytes("cpu") > 0);
        Assert.Equal(0, counting.DeviceBytes("cuda:0"));
    }

    public void Dispose() => _suite.Dispose();

    private static CheckpointId Checkpoint { get; } = new(TinySuite.Models[0], 0);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ResidualStreamAnalysis Stream(Precision precision = Precision.Float32) =>
        new(new AnalysisSettings(0, null) { Batch = TinySweep.Batch, Precision = precision });

    private static WeightMomentsAnalysis Moments() => new();

    private ResultStore Store(string name) => new(BlobStores.Open(_suite.Store(name)));

    private async Task<TaskResult> RunAsync(string store, params IAnalysis[] analyses)
    {
        await using var task = await PrepareAsync(store, analyses);
        return task.Run(1, "cpu", Cancellation);
    }

    private Task<IPreparedTask> PrepareAsync(string store, params IAnalysis[] analyses) =>
        PrepareAsync(store, TimeProvider.System, analyses);

    private async Task<IPreparedTask> PrepareAsync(string store, TimeProvider time, params IAnalysis[] analyses)
    {
        var files = await new FolderSource(_suite.Source).FetchAsync(Checkpoint, Cancellation);
        var model = FolderModels.Read(_suite.Source).Find(Checkpoint.Model);
        return new PreparedTask(
            new TaskInputs(model, "folder", files, null, null),
            analyses,
            [],
            TinySweep.Batch.Spec,
            Store(store),
            new DigestCache(),
            time,
            [files]);
    }

    private async Task<IReadOnlyDictionary<string, string>> ProvenanceAsync(string store, IAnalysis analysis) =>
        (await Store(store).ReadProvenanceAsync(new ResultKey(Checkpoint, analysis.Description.Id), Cancellation))!;

    private async Task<byte[]?> BytesAsync(string store, IAnalysis analysis) =>
        await Store(store).Blobs.ReadAsync(new ResultKey(Checkpoint, analysis.Description.Id).Path, Cancellation);

    private sealed record Row([property: Column("Which.")] string Component, [property: Column("How large.")] double Norm);

    /// <summary>A clock on which something happens whenever a wait begins, which then ends at once.</summary>
    private sealed class WhileWaiting(Action happens) : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            happens();
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    /// <summary>An analysis that asks libtorch for 128 TiB under some plans, and is itself under the others.</summary>
    private sealed class Starving(IAnalysis analysis, params MemoryPlan[] under) : IAnalysis
    {
        public List<MemoryPlan> Plans { get; } = [];

        public IReadOnlyList<AnalysisId> Others { get; private set; } = [];

        public AnalysisDescription Description => analysis.Description;

        public RequiredCheckpoints RequiredCheckpoints => analysis.RequiredCheckpoints;

        public bool UsesDevice { get; init; } = analysis.UsesDevice;

        public AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) => analysis.Estimate(shape, batch, bytes);

        public long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device) => analysis.DeviceBytes(shape, batch, device);

        public ResultTable Run(AnalysisInput input, CancellationToken cancellationToken)
        {
            Plans.Add(input.Plan);
            Others = [.. input.Analyses.Select(other => other.Description.Id)];
            if (under.Contains(input.Plan))
            {
                torch.zeros([1L << 45]).Dispose();
            }

            return analysis.Run(input, cancellationToken);
        }
    }
}
