using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Analyses.ShuffledSpectrum;
using PythiaOrleans.Analyses.WeightSpectrum;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Analyses.Tests;

public sealed class ShuffledSpectrumTests
{
    private static readonly ModelShape Shape = ActivationTests.Shape(32, 1, 2);

    [Fact]
    public void Shuffle_KeepsTheValuesAndIsTheSameForOneSeed()
    {
        float[] values = [.. Enumerable.Range(0, 1000).Select(i => (float)i)];
        var once = ValueOrder.Shuffle([.. values], 5);
        Assert.Equal(once, ValueOrder.Shuffle([.. values], 5));
        Assert.NotEqual(once, ValueOrder.Shuffle([.. values], 6));
        Assert.NotEqual(values, once);
        Assert.Equal(values, once.Order());
    }

    /// <summary>A matrix of rank one has one large singular value by the order of its entries: shuffled, it looks random.</summary>
    [Fact]
    public void Structure_IsGoneAfterShuffling()
    {
        using var model = new RandomModel(Shape, seed: 4, edit: (_, values) =>
        {
            var random = new Random(9);
            var signs = Enumerable.Range(0, 4096).Select(_ => random.Next(2) == 0 ? -1f : 1f).ToArray();
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = signs[i / 32] * signs[1000 + (i % 32)];
            }
        });
        var (own, shuffled) = Measure(model, Components.MlpIn);
        Assert.Equal(Math.Sqrt(32.0 * model.Checkpoint.Shape.IntermediateSize), own.Norm, 1e-3);
        Assert.InRange(shuffled.Norm, 0, 0.6 * own.Norm);
        Assert.True(own.Gap > 100);
        Assert.InRange(shuffled.Gap, 1, 1.5);
        Assert.Equal(0, shuffled.Outliers);
        Assert.Equal(Measure(model, Components.MlpIn).Shuffled, shuffled);
    }

    /// <summary>One huge entry makes a large singular value wherever it stands: that is no structure.</summary>
    [Fact]
    public void HugeEntry_StandsApartInAnyOrder()
    {
        using var model = new RandomModel(Shape, seed: 4, edit: (_, values) => values[7] = 100);
        var (own, shuffled) = Measure(model, Components.MlpIn);
        Assert.Equal(own.Norm, shuffled.Norm, 0.05 * own.Norm);
        Assert.True(own.Gap > 5 && shuffled.Gap > 5);
        Assert.Equal(1, shuffled.Outliers);
    }

    private static ((double Norm, double Gap) Own, (double Norm, double Gap, double Outliers) Shuffled) Measure(
        RandomModel model, string component)
    {
        var token = TestContext.Current.CancellationToken;
        var input = new AnalysisInput(model.Checkpoint, null, null, model.Input.Model);
        var whole = new WeightSpectrumAnalysis().Run(input, token);
        var gaps = new SpectrumColumns().Derive(whole, whole).Single(column => column.Schema.Name == "top_gap");
        var shuffled = new ShuffledSpectrumAnalysis().Run(input, token);
        var (there, here) = (Row(whole), Row(shuffled));
        return (
            (whole["spectral_norm"].Number(there), gaps.Number(there)),
            (shuffled["spectral_norm"].Number(here), shuffled["top_gap"].Number(here), shuffled["bulk_outliers"].Number(here)));

        int Row(ResultTable table) => Array.IndexOf([.. table.Read<string>("component")], component);
    }
}
