using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Tests;

public sealed class CostModelTests
{
    private static readonly IReadOnlyList<IAnalysis> Analyses = AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, 1000));

    /// <summary>An analysis that the model forgot would cost nothing.</summary>
    [Fact]
    public void EveryAnalysis_CostsSomething()
    {
        var work = CostModel.Work(Analyses, 1 << 20, Shape("pythia-14m"));
        Assert.Equal(Analyses.Count, work.Count);
        Assert.All(work, one => Assert.True(CostModel.OfReference.SecondsOf(one.Value) > 0, one.Key));
    }

    /// <summary>
    /// By hand, from shapes: two operations a weight and token, but for the embedding; queries by keys and probabilities by values.
    /// </summary>
    [Fact]
    public void OperationsOfThePasses_AreThoseOfTheirProducts()
    {
        const double d = 512, vocabulary = 50304, blocks = 6, tokens = 8 * 512, length = 512;
        const double weights = (blocks * 12 * d * d) + (vocabulary * d);
        const double products = 2 * tokens * (weights + (2 * blocks * length * d));
        var work = CostModel.Work(Analyses, 1 << 20, Shape("pythia-70m"));
        Assert.Equal(1, work["residual-stream"].SingleFlops / products, tolerance: 0.002); // biases and norms
        Assert.Equal(3, work["weight-gradients"].SingleFlops / work["residual-stream"].SingleFlops, tolerance: 1e-9);
        Assert.Equal(4, Passes("pythia-1.4b"), tolerance: 1e-9); // too large to keep its graphs

        static double Passes(string model)
        {
            var large = CostModel.Work(Analyses, 1 << 20, Shape(model));
            return large["weight-gradients"].SingleFlops / large["residual-stream"].SingleFlops;
        }
    }

    [Fact]
    public void Estimate_IsOfTheAnalysesThatAreAskedFor()
    {
        var shape = Shape("pythia-160m");
        var nothing = Seconds([]);
        Assert.True(nothing > 0); // it is opened and hashed all the same
        Assert.Equal(
            Seconds(Analyses) - nothing + PassesSaved(), Analyses.Sum(analysis => Seconds([analysis]) - nothing), tolerance: 1e-5);
        Assert.True(Seconds([Analyses.Single(analysis => analysis.Description.Name == "weight-moments")]) < Seconds(Analyses) / 50);

        // One pass serves all that observe it. Beside the residual stream, which asks for the logits too, each saves its own pass.
        double PassesSaved()
        {
            var stream = Analyses.Single(analysis => analysis.Description.Name == "residual-stream");
            var work = CostModel.Work(Analyses, 1 << 28, shape);
            var others = Analyses.Where(other => other != stream && work[other.Description.Name].PassFlops > 0).ToArray();
            Assert.True(others.Length > 1);
            return others.Sum(other =>
            {
                var saved = Seconds([stream]) + Seconds([other]) - Seconds([stream, other]) - nothing;
                Assert.InRange(saved, 0.2 * (Seconds([other]) - nothing), Seconds([stream]) - nothing);
                return saved;
            });
        }

        double Seconds(IEnumerable<IAnalysis> analyses) => CostModel.OfReference.Estimate(1 << 28, shape, analyses, null).TotalSeconds;
    }

    /// <summary>A plan made with constants alone was wrong by two on a processor without AVX-512.</summary>
    [Theory]
    [InlineData(WorkRate.Products, 4)]
    [InlineData(WorkRate.ModelPasses, 4)]
    [InlineData(WorkRate.Comparing, 4)]
    [InlineData(WorkRate.Counting, 2)]
    [InlineData(WorkRate.Hashing, 8)]
    public void Machine_IsFasterAtWhatItIsFasterAt(WorkRate rate, double factor)
    {
        var work = new AnalysisWork { Rate = rate };
        var measured = rate is WorkRate.Products or WorkRate.ModelPasses ? work with { SingleFlops = 1e12 } : work with { Bytes = 1e12 };
        var fast = new CostModel(new MachineSpeed(Products: 4, Hashing: 8, Counting: 2, Scalar: 16));
        Assert.Equal(CostModel.OfReference.SecondsOf(measured) / factor, fast.SecondsOf(measured), tolerance: 1e-9);
        var (fits, float64) = (work with { FixedSeconds = 32 }, work with { DoubleFlops = 1e12, Decompositions = 1e12 });
        Assert.Equal(2, fast.SecondsOf(fits), tolerance: 1e-9);
        Assert.Equal(CostModel.OfReference.SecondsOf(float64) / 4, fast.SecondsOf(float64), tolerance: 1e-9);
    }

    /// <summary>Of a machine that is twice as fast at everything, a shard takes half: no part of the estimate is left as it was.</summary>
    [Fact]
    public void EveryPartOfAnEstimate_FollowsTheMachine()
    {
        var twice = new CostModel(new MachineSpeed(2, 2, 2, 2));
        var shape = Shape("pythia-160m");
        Assert.Equal(
            CostModel.OfReference.Estimate(1 << 28, shape, Analyses, null).TotalSeconds / 2,
            twice.Estimate(1 << 28, shape, Analyses, null).TotalSeconds,
            tolerance: 1e-6);
    }

    /// <summary>
    /// Any processor that runs the tests is within a factor of 30 of the reference at each of the four: a loop that was compiled away, or
    /// counted wrongly, is not.
    /// </summary>
    [Fact]
    public void Probe_FindsRatesOfAProcessor()
    {
        var speed = MachineSpeed.Here;
        Assert.All(
            [speed.Products, speed.Hashing, speed.Counting, speed.Scalar],
            factor => Assert.InRange(factor, 1.0 / 30, 30));
        Assert.Equal(new MachineSpeed(2, 0.5, 4, 1), new MachineProbe(8, 1, 4, 3) / new MachineProbe(4, 2, 1, 3));
    }

    private static ModelShape Shape(string model) => ModelCatalog.Default.Find(model).Shape;
}
