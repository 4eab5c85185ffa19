using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Tests;

public sealed class DeviceMemoryTests
{
    private static readonly ComputeDevice Gpu = ComputeDevice.Gpu(0);
    private static readonly BatchSpec Batch = TokenBatch.Default.Spec;

    [Fact]
    public void Counting_TakesNothingOfADevice() =>
        Assert.Equal(
            0,
            Estimate(
                "pythia-12b", Analyses("weight-moments", "weight-distance", "weight-distribution", "embedding-correlation", "integrity")));

    /// <summary>What is known without a model of memory: weights that are there at once, and what an H100 holds.</summary>
    [Theory]
    [InlineData("pythia-14m", 0.05, 3)]
    [InlineData("pythia-160m", 0.4, 6)]
    [InlineData("pythia-1.4b", 1, 16)]
    [InlineData("pythia-12b", 4, 70)]
    public void Task_OfAllAnalyses_TakesBetweenABlockAndAGpu(string model, double least, double most)
    {
        var gibibytes = Estimate(model, Analyses()) / (double)(1L << 30);
        Assert.True(gibibytes > least && gibibytes < most, $"{model}: {gibibytes:0.00} GiB");
    }

    [Fact]
    public void Estimate_IsThatOfTheLargestAnalysis_AndGrowsWithTheBatch()
    {
        var each = Analyses().Select(analysis => Estimate("pythia-410m", [analysis])).ToArray();
        Assert.Equal(each.Max(), Estimate("pythia-410m", Analyses()));
        var stream = Analyses("residual-stream");
        var more = DeviceMemory.Estimate(stream, Shape("pythia-410m"), Batch with { Rows = 4 * Batch.Rows }, Gpu);
        Assert.True(more > Estimate("pythia-410m", stream));
    }

    [Fact]
    public void HalfPrecision_TakesLess()
    {
        var half = AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null) { Precision = Precision.BFloat16 })
            .Single(analysis => analysis.Description.Name == "residual-stream");
        Assert.True(Estimate("pythia-1b", [half]) < Estimate("pythia-1b", Analyses("residual-stream")));
    }

    /// <summary>A new analysis that computes on the device must be estimated, or several of it would be admitted at once.</summary>
    [Fact]
    public void EveryAnalysisThatUsesTheDevice_IsEstimated() => Assert.All(
        AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null)),
        analysis => Assert.Equal(analysis.UsesDevice, Estimate("pythia-70m", [analysis]) > 0));

    /// <summary>
    /// Seen of 4.2 million Gaussian values: 15.6 bytes each are kept, 39.6 allocated. Half-precision numbers have 65,536 patterns at most.
    /// </summary>
    [Fact]
    public void CountsOfValuesOffTheHalfGrid_AreAsLargeAsTheModel_OnAProcessor()
    {
        var shape = Shape("pythia-1.4b");
        var moments = Analyses("weight-moments");
        var bytes = DeviceMemory.Estimate(moments, shape, Batch, ComputeDevice.Cpu, offHalfGrid: true);
        Assert.InRange(bytes / (double)shape.ParameterCount, 15.6, 39.6);
        // pools blocks too
        Assert.True(DeviceMemory.Estimate(Analyses("weight-distribution"), shape, Batch, ComputeDevice.Cpu, offHalfGrid: true) > bytes);
        Assert.Equal(0, DeviceMemory.Estimate(moments, shape, Batch, ComputeDevice.Cpu));
        Assert.Equal(0, DeviceMemory.Estimate(moments, shape, Batch, Gpu, offHalfGrid: true));
    }

    private static long Estimate(string model, IReadOnlyCollection<IAnalysis> analyses) =>
        DeviceMemory.Estimate(analyses, Shape(model), Batch, Gpu);

    private static ModelShape Shape(string model) => ModelCatalog.Default.Find(model).Shape;

    private static IAnalysis[] Analyses(params string[] names) =>
        [
            .. AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null)).Where(
                analysis => names.Length == 0 || names.Contains(analysis.Description.Name))
        ];
}
