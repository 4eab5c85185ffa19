using System.Diagnostics;
using System.Text.Json;
using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Testing;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Fits of real matrices against scipy's, which general optimisers and exhaustive searches make.</summary>
public sealed class ScipyTests
{
    private const string Python = "/usr/bin/python3";
    private static readonly string[] Names = ["Layer_1.MultiheadAttention.output_transform_single", "Layer_0.dense"];

    [Fact]
    public async Task Fits_OfRealMatrices_AreThoseOfScipy()
    {
        var path = SharedData.PathOf("use-lite-fp16.safetensors");
        using var expected = await ScipyAsync(path);
        using var file = SafetensorsFile.Open(path);
        foreach (var name in Names)
        {
            var stored = file.Tensors.Single(tensor => tensor.Name == name);
            var of = expected.RootElement.GetProperty(name);
            CompareLaws(PatternCounter.Count(stored), of);
            CompareSpectrum(stored, of.GetProperty("spectrum"));
        }
    }

    private static void CompareLaws(ExactDistribution distribution, JsonElement expected)
    {
        var moments = Moments.Compute(distribution);
        var sample = WeightedSample.Standardise(distribution, moments.Mean, moments.Deviation);
        var median = (Quantiles.Compute(distribution, [0.5])[0] - moments.Mean) / moments.Deviation;
        Assert.Equal(expected.GetProperty("logistic").GetProperty("likelihood").GetDouble(),
            MaximumLikelihood.Logistic(sample, DistributionGeometry.Grid).LogLikelihood, 1e-9);
        Same(expected.GetProperty("student"), StudentTDistribution.Fit(sample, DistributionGeometry.Grid)!);
        Same(expected.GetProperty("general"), GeneralisedNormal.Fit(sample, median, DistributionGeometry.Grid));

        // 40 candidates against every value: the best of them lies as close to a power law within a hundredth, and its exponent within
        // three errors.
        var (tail, all) = (PowerLawFit.Fit(PowerLawSample.OfMagnitudes(distribution), PowerLawSearch.UpperHalf),
            expected.GetProperty("tail"));
        Assert.InRange(tail.KolmogorovSmirnov, all.GetProperty("distance").GetDouble() - 1e-9,
            all.GetProperty("distance").GetDouble() + 0.01);
        Assert.Equal(all.GetProperty("alpha").GetDouble(), tail.Alpha, 3 * tail.StandardError);
    }

    // The likelihood is flat at a maximum: two optimisers agree in it to more digits than in its place, which the standard error measures.
    private static void Same(JsonElement expected, DistributionFit law)
    {
        Assert.Equal(expected.GetProperty("likelihood").GetDouble(), law.LogLikelihood, 1e-9);
        Assert.Equal(expected.GetProperty("shape").GetDouble(), law.Shape, 0.02 * law.ShapeError);
        Assert.Equal(expected.GetProperty("scale").GetDouble(), law.Scale, 1e-4);
    }

    private static void CompareSpectrum(StoredTensor stored, JsonElement expected)
    {
        var values = new double[stored.Count];
        TensorValues.Read(stored, 0, values);
        using var scope = NewDisposeScope();
        var squares = Array.ConvertAll(SingularValues.Compute(tensor(values).view([.. stored.Shape])), value => value * value);
        var fit = PowerLawFit.Fit(PowerLawSample.OfDescending(squares), PowerLawSearch.Exhaustive);
        Assert.Equal(expected.GetProperty("alpha").GetDouble(), fit.Alpha, 1e-8);
        Assert.Equal(expected.GetProperty("xmin").GetDouble(), fit.XMin, 1e-8 * fit.XMin);
        Assert.Equal(expected.GetProperty("distance").GetDouble(), fit.KolmogorovSmirnov, 1e-8);
    }

    private static async Task<JsonDocument> ScipyAsync(string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (!File.Exists(Python) || await RunAsync("-c", "import scipy") is null)
        {
            Assert.Skip($"{Python} with scipy is absent (Debian: python3-scipy): nothing was compared.");
        }

        var script = Path.Combine(AppContext.BaseDirectory, "Peers", "scipy_fits.py");
        return JsonDocument.Parse(await RunAsync([script, path, .. Names]) ?? throw new InvalidOperationException($"{script} failed."));

        async Task<string?> RunAsync(params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardOutput = true })!;
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? output : null;
        }
    }
}
