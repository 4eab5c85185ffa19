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
        Assert.All(work, one => Assert.True(CostModel.SecondsOf(one.Value) > 0, one.Key));
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

        // One pass serves all that observe it: the difference of two of them and each alone is the pass.
        double PassesSaved()
        {
            string[] observing =
                [.. CostModel.Work(Analyses, 1 << 28, shape).Where(work => work.Value.PassFlops > 0).Select(work => work.Key)];
            Assert.True(observing.Length > 1);
            var pair = Analyses.Where(analysis => observing.Take(2).Contains(analysis.Description.Name)).ToArray();
            var pass = pair.Sum(analysis => Seconds([analysis]) - nothing) - (Seconds(pair) - nothing);
            Assert.True(pass > 0.5 * (Seconds(pair) - nothing) / 2);
            return (observing.Length - 1) * pass;
        }

        double Seconds(IEnumerable<IAnalysis> analyses) => CostModel.Estimate(1 << 28, shape, analyses, null).TotalSeconds;
    }

    private static ModelShape Shape(string model) => ModelCatalog.Default.Find(model).Shape;
}
