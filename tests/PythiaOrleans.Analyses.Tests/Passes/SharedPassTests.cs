using PythiaOrleans.Analyses.AttentionHeads;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Passes;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using TorchSharp;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>One forward pass serves all analyses of a task that observe it, and none of them changes another's bytes.</summary>
public sealed class SharedPassTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MemoryPlan.Full)]
    [InlineData(MemoryPlan.Small)]
    public void Pass_OfSeveralAnalyses_RunsOnce(MemoryPlan plan)
    {
        using var model = MemoryPlanTests.Model("gpt_neox");
        CountingAnalysis[] analyses = [new(), new(), new()];
        var input = Together(model, analyses);
        foreach (var analysis in analyses)
        {
            SharedPass.Observe(analysis, input, Cancellation);
        }

        Assert.All(analyses, analysis => Assert.Equal((1, model.Shape.Blocks + 2), (analysis.Passes, analysis.Places)));

        // With less memory each runs alone.
        SharedPass.Observe(analyses[0], input.With(plan), Cancellation);
        Assert.Equal([2, 1, 1], analyses.Select(analysis => analysis.Passes));
    }

    [Theory]
    [InlineData("gpt_neox")]
    [InlineData("gpt2")]
    [InlineData("llama, tied and shared")]
    public async Task Results_OfAnalysesTogether_HaveTheBytesOfEachAlone(string family)
    {
        using var model = MemoryPlanTests.Model(family);
        var all = AnalysisRegistry.BuiltIn.Create(ActivationTests.Settings(2, 9));
        IAnalysis[] analyses = [.. all.Where(analysis => analysis is IPassAnalysis)];
        Assert.True(analyses.Length > 1);
        var together = Together(model, analyses);
        foreach (var analysis in analyses)
        {
            Assert.Equal(await BytesAsync(analysis, model.Input), await BytesAsync(analysis, together));
        }
    }

    /// <summary>
    /// What a place leaves to do runs while the stream comes to the next one, and has ended when that place ends; the last ones' before the
    /// pass does.
    /// </summary>
    [Fact]
    public void Pieces_OfAPlace_EndBeforeTheNextPlaceDoes()
    {
        using var model = MemoryPlanTests.Model("gpt_neox");
        CountingAnalysis[] analyses = [new(), new()];
        var input = Together(model, analyses);
        foreach (var analysis in analyses)
        {
            SharedPass.Observe(analysis, input, Cancellation);
            Assert.Equal([.. Enumerable.Range(0, analysis.Places).Select(place => 2 * place), 2 * analysis.Places], analysis.Ended);
        }
    }

    /// <summary>An observer that fails stops its own analysis and no other.</summary>
    [Fact]
    public void Failure_OfOneAnalysis_LeavesTheOthersAlone()
    {
        using var model = MemoryPlanTests.Model("gpt_neox");
        CountingAnalysis[] analyses = [new() { Fails = true }, new()];
        var input = Together(model, analyses);
        Assert.Throws<InvalidOperationException>(() => SharedPass.Observe(analyses[0], input, Cancellation));
        SharedPass.Observe(analyses[1], input, Cancellation);
        Assert.Equal((1, model.Shape.Blocks + 2), (analyses[1].Passes, analyses[1].Places));
    }

    /// <summary>A family of a plugin whose pass does not show its attention.</summary>
    [Fact]
    public void Heads_OfAPassThatShowsNoAttention_AreRefused_AndTheStreamIsNot()
    {
        ModelFamilies.Register(typeof(HalvingFamily).Assembly);
        const string config = """{"model_type":"halving","hidden_size":16,"blocks":3}""";
        using var model = new RandomModel(OtherFamilies.Read(config), seed: 1, config: config);
        IAnalysis[] analyses =
            [new AttentionHeadsAnalysis(ActivationTests.Settings(2, 9)), new ResidualStreamAnalysis(ActivationTests.Settings(2, 9))];
        var input = Together(model, analyses);
        var error = Assert.Throws<NotSupportedException>(() => analyses[0].Run(input, Cancellation));
        Assert.Contains("halving", error.Message, StringComparison.Ordinal);
        Assert.Equal(10, analyses[1].Run(input, Cancellation).Count);
    }

    private static AnalysisInput Together(RandomModel model, IReadOnlyList<IAnalysis> analyses) =>
        new(model.Checkpoint, null, null, model.Input.Model) { Device = TestDevice.Device, Analyses = analyses };

    private static Task<byte[]> BytesAsync(IAnalysis analysis, AnalysisInput input) =>
        ResultParquet.WriteAsync(analysis.Run(input, Cancellation), new Dictionary<string, string>(), Cancellation);

    private sealed class CountingAnalysis : IPassAnalysis
    {
        private int _places;
        private int _pieces;

        public bool Fails { get; init; }

        public int Passes { get; private set; }

        public int Places => _places;

        /// <summary>How many pieces had ended at the end of each place, and at the end of the pass.</summary>
        public List<int> Ended { get; } = [];

        public TokenBatch Batch { get; } = ActivationTests.Settings(2, 9).Batch;

        public Precision Precision => Precision.Float32;

        public RequiredCheckpoints RequiredCheckpoints => RequiredCheckpoints.None;

        public AnalysisDescription Description => throw new NotSupportedException();

        public PassObserver Observe(AnalysisInput input, long[][] batch)
        {
            Passes++;
            return new Observer(this);
        }

        public AnalysisWork Estimate(ModelShape shape, BatchSpec batch, long bytes) => throw new NotSupportedException();

        public long DeviceBytes(ModelShape shape, BatchSpec batch, ComputeDevice device) => 0;

        public ResultTable Run(AnalysisInput input, CancellationToken cancellationToken) => throw new NotSupportedException();

        private sealed class Observer(CountingAnalysis analysis) : PassObserver
        {
            public override void OnPlaceStart(StreamPlace place, int parts) => analysis._places++;

            public override void OnStream(StreamPlace place, PassPart part, torch.Tensor stream)
            {
                if (analysis.Fails)
                {
                    throw new InvalidOperationException("planted");
                }
            }

            public override IEnumerable<Action> OnPlaceEnd(StreamPlace place)
            {
                analysis.Ended.Add(analysis._pieces);
                return [End, End];
            }

            public override void OnEnd(double loss) => analysis.Ended.Add(analysis._pieces);

            private void End()
            {
                Thread.Sleep(20); // longer than a stage
                Interlocked.Increment(ref analysis._pieces);
            }
        }
    }
}
