using System.Globalization;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>
/// What a real sweep committed, read by DuckDB and computed once more in plain loops from the weights that the suite was made of.
/// </summary>
public sealed class ReadBackTests
{
    [Fact]
    public async Task Sweep_ReadByDuckDb_HoldsWhatPlainLoopsGive()
    {
        using var suite = new TinySuite(steps: 4);
        var sweep = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(sweep.Code == 0, sweep.Errors);
        var parameters = TinySuite.Weights("tiny-a", 0).Count;

        foreach (var model in TinySuite.Models)
        {
            foreach (var step in suite.Steps)
            {
                var (weights, first) = (TinySuite.Weights(model, step), TinySuite.Weights(model, 0));
                var moments = Rows(
                    Result(suite, model, step, "weight-moments"), "count, min, max, norm, std, zero_fraction, excess_kurtosis");
                var distances = Rows(Result(suite, model, step, "weight-distance"), "distance, relative_distance, cosine, reference_step");
                Assert.Equal(parameters, moments.Count);
                Assert.Equal(moments.Keys.Order(), distances.Keys.Order());
                foreach (var (name, values) in weights)
                {
                    var w = values.Select(value => (double)value).ToArray();
                    var w0 = first[name].Select(value => (double)value).ToArray();
                    AssertMoments(w, moments[name]);
                    AssertDistance(w, w0, distances[name]);
                }
            }
        }
    }

    [Fact]
    public async Task Series_ReadByDuckDb_HaveEachRowOfEachResultOnce()
    {
        using var suite = new TinySuite(steps: 4);
        var sweep = await PythiaProcess.RunAsync(suite.SweepArguments("store"));
        Assert.True(sweep.Code == 0, sweep.Errors);
        foreach (var analysis in new[] { "weight-moments", "weight-distance", "weight-distribution", "weight-spectrum", "integrity" })
        {
            var series = Path.Combine(suite.Store("store"), "series", "tiny", $"{analysis}.parquet");
            var results = Path.Combine(suite.Store("store"), "results", "*", "*", $"{analysis}-*.parquet");
            var columns = Duck.Types(series).Keys.Intersect(Duck.Types(Result(suite, "tiny-a", 0, analysis)).Keys).ToArray();
            Assert.True(columns.Length > 10, string.Join(", ", columns));
            var common = string.Join(", ", columns.Select(name => $"\"{name}\""));
            Assert.NotEmpty(Duck.Query(series, "SELECT * FROM $file"));
            Assert.Empty(Duck.Query(series, $"(SELECT {common} FROM $file EXCEPT ALL SELECT {common} FROM read_parquet('{results}'))"));
            Assert.Empty(Duck.Query(series, $"(SELECT {common} FROM read_parquet('{results}') EXCEPT ALL SELECT {common} FROM $file)"));
        }
    }

    private static string Result(TinySuite suite, string model, int step, string analysis) => Directory
        .EnumerateFiles(Path.Combine(suite.Store("store"), "results", new CheckpointId(model, step).Path), $"{analysis}-*.parquet")
        .Single();

    // By the tensor's name in the file, which the test knows and the product does not store.
    private static Dictionary<string, double[]> Rows(string file, string columns) => Duck
        .Query(file, $"SELECT component, block, parameter, {columns} FROM $file")
        .ToDictionary(
            row => Tensor((string)row[0]!, row[1], (string)row[2]!),
            row => row.Skip(3).Select(cell => Convert.ToDouble(cell, CultureInfo.InvariantCulture)).ToArray());

    private static string Tensor(string component, object? block, string parameter) => component switch
    {
        "embed_out" => "embed_out.weight",
        _ when block is null => $"gpt_neox.{component}.{parameter}",
        _ => $"gpt_neox.layers.{block}.{component}.{parameter}",
    };

    private static void AssertMoments(double[] w, double[] found)
    {
        var n = w.Length;
        var mean = w.Sum() / n;
        var variance = w.Sum(value => (value - mean) * (value - mean)) / n;
        var fourth = w.Sum(value => Math.Pow(value - mean, 4)) / n;
        Assert.Equal(n, found[0]);
        Assert.Equal(w.Min(), found[1]);
        Assert.Equal(w.Max(), found[2]);
        AssertClose(Math.Sqrt(w.Sum(value => value * value)), found[3]);
        AssertClose(Math.Sqrt(variance), found[4]);
        Assert.Equal(w.Count(value => value == 0) / (double)n, found[5]);
        Assert.Equal((fourth / (variance * variance)) - 3, found[6], 1e-9);
    }

    private static void AssertDistance(double[] w, double[] w0, double[] found)
    {
        var distance = Math.Sqrt(w.Zip(w0, (a, b) => (a - b) * (a - b)).Sum());
        var (norm, norm0) = (Math.Sqrt(w.Sum(value => value * value)), Math.Sqrt(w0.Sum(value => value * value)));
        AssertClose(distance, found[0]);
        AssertClose(distance / norm0, found[1]);
        Assert.Equal(w.Zip(w0, (a, b) => a * b).Sum() / (norm * norm0), found[2], 1e-12);
        Assert.Equal(0, found[3]);
    }

    private static void AssertClose(double expected, double found) => Assert.InRange(found, expected * (1 - 1e-12), expected * (1 + 1e-12));
}
