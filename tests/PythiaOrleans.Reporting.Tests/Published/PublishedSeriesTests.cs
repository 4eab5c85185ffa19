using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

public sealed class PublishedSeriesTests
{
    internal static readonly SeriesSet Published = PublishedSeries.Load();

    [Fact]
    public void Load_GivesEveryPublishedValue()
    {
        var moments = Published.Tables["weight-moments"];
        int Filled(string column) => moments[column].Cells.Count(value => value is not null);
        var distances = Published.Tables["weight-distance"].Count;

        // The published norms are the one statistic that is computed here: 3,408 rows, 6 blocks x 4 matrices x 142 checkpoints of
        // pythia-70m.
        Assert.Equal(526_100, Filled("mean") + Filled("std_unbiased") + Filled("max_abs") + distances + Norms().Count);
        Assert.Equal(["pythia-70m", "pythia-160m", "pythia-410m", "pythia-1b", "pythia-1.4b"], Published.Models);
    }

    [Fact]
    public void Norm_FromMomentsAndShapes_IsThePublishedNorm()
    {
        foreach (var (component, block, step, norm) in Norms())
        {
            var curve = Published.Curves("weight-moments", "norm", "pythia-70m", component).Single(curve => curve.Block == block);
            var found = curve.Values[Array.IndexOf(curve.Steps, step)];
            // The source summed its norms in float32: they stray from its own moments by up to 5.6e-5 (measured), half of them by less
            // than 3e-6.
            Assert.True(Math.Abs(found - norm) <= 6e-5 * norm, $"{curve} step {step}: expected {norm}, found {found}");
        }
    }

    [Fact]
    public void Read_OfADamagedLine_NamesIt()
    {
        using var text =
            new StringReader("header\npythia-70m,attention.dense,weight,mean,0,0,0.5\npythia-70m,attention.dense,weight,median,0,0,0.5\n");
        var error = Assert.Throws<InvalidDataException>(() => PublishedSeries.Read(text, ModelCatalog.Default));
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Licence_NamesHolderAndTerms()
    {
        Assert.Contains("Copyright (c) 2023 Beren", PublishedSeries.Licence, StringComparison.Ordinal);
        Assert.Contains("MIT License", PublishedSeries.Licence, StringComparison.Ordinal);
    }

    private static List<(string Component, int? Block, int Step, double Norm)> Norms()
    {
        using var stream = new System.IO.Compression.GZipStream(
            typeof(PublishedSeries)
                .Assembly.GetManifestResourceStream("published-series.csv.gz")!, System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return [.. reader.ReadToEnd()
            .Split('\n')
            .Select(line => line.Trim().Split(','))
            .Where(fields => fields.Length == 7 && fields[3] == "norm")
            .Select(fields => (fields[1], fields[5].Length == 0
                ? (int?)null
                : int.Parse(fields[5], culture), 1000 * (int.Parse(fields[4], culture) + 1), double.Parse(fields[6], culture)))];
    }
}
