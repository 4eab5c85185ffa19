using System.Security.Cryptography;
using PythiaOrleans.Analyses.Integrity;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

public sealed class IntegrityTests
{
    private static readonly ModelShape Shape = ActivationTests.Shape(16, 2, 2);

    [Fact]
    public void Columns_SayWhatTheFileHolds()
    {
        using var model = new RandomModel(Shape, seed: 5);
        var file = Assert.Single(model.Checkpoint.Files);
        var known = model.Input.Model with { KnownBad = new Dictionary<int, string> { [0] = "published wrong" } };
        var table = new IntegrityAnalysis()
            .Run(new AnalysisInput(model.Checkpoint, null, null, known), TestContext.Current.CancellationToken);
        var expected = new Dictionary<string, object?>
        {
            ["sha256"] = model.Checkpoint.FileDigest,
            ["bytes"] = file.Bytes,
            ["files"] = "model.safetensors",
            ["dtypes"] = "F32",
            ["parameter_count"] = Shape.ParameterCount,
            ["expected_parameter_count"] = Shape.ParameterCount,
            ["unknown_tensors"] = "",
            ["dropped_buffers"] = 0,
            ["on_half_grid"] = false,
            ["non_finite"] = 0L,
            ["known_bad"] = "published wrong",
        };
        Assert.Equal(SHA256.HashSizeInBytes * 2, model.Checkpoint.FileDigest.Length);
        Assert.All(expected, column => Assert.Equal(column.Value, table[column.Key].Cells[0]));
    }

    /// <summary>Biases of attention and MLP outputs: the largest difference over the largest bias.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.125)]
    [InlineData(-0.5, 0.125)]
    public void BiasTwinDifference_IsTheLargestDifferenceOverTheLargestBias(float difference, double expected)
    {
        using var model = new RandomModel(Shape, seed: 5, edit: (name, values) =>
        {
            if (name is { Component: Components.AttentionDense or Components.MlpOut, Parameter: "bias" })
            {
                Array.Fill(values, 1);
                values[2] = -4;
                values[3] += name is { Component: Components.MlpOut, Block: 1 } ? difference : 0;
            }
        });
        var table = new IntegrityAnalysis().Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(expected, table["bias_twin_difference"].Number(0), 1e-7);
    }

    [Fact]
    public void BiasTwinDifference_WithoutTheParallelResidual_IsEmpty()
    {
        using var model = new RandomModel(Shape with { ParallelResidual = false }, seed: 5);
        Assert.Null(new IntegrityAnalysis().Run(model.Input, TestContext.Current.CancellationToken)["bias_twin_difference"].Cells[0]);
    }
}
