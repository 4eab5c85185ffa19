using System.Text;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

public class SeriesTextTests
{
    private static readonly ResultTable Table = new(
    [
        SampleTables.Column("model", typeof(string), false, "a", "=1+1", "say \"hi\", twice"),
        SampleTables.Column("step", typeof(int), false, 0, 1000, 2000),
        SampleTables.Column("block", typeof(int), true, null, 0, 1),
        SampleTables.Column("component", typeof(string), false, "embed_in", "mlp", "attention"),
        SampleTables.Column("parameter", typeof(string), false, "weight", "weight", "bias"),
        SampleTables.Column("mean", typeof(double), false, -0.1, 1e-300, double.NaN),
        SampleTables.Column("counts", typeof(double[]), true, null, new[] { 1, double.NaN }, Array.Empty<double>()),
    ]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Csv_QuotesDefusesAndRoundTrips()
    {
        using var writer = new StringWriter();
        await SeriesText.WriteCsvAsync(Table, writer, Cancellation);
        Assert.Equal(
            "model,step,block,component,parameter,mean,counts\r\n"
            + "a,0,,embed_in,weight,-0.1,\r\n"
            + "'=1+1,1000,0,mlp,weight,1E-300,\"[1,null]\"\r\n"
            + "\"say \"\"hi\"\", twice\",2000,1,attention,bias,,[]\r\n",
            writer.ToString());
    }

    [Fact]
    public async Task JsonLines_AreLegalJsonWithoutNaN()
    {
        using var stream = new MemoryStream();
        await SeriesText.WriteJsonLinesAsync(Table, stream, Cancellation);
        var lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n');
        Assert.Equal(["", 4], [lines[^1], (object)lines.Length]);
        using var second = System.Text.Json.JsonDocument.Parse(lines[1]);
        Assert.Equal("=1+1", second.RootElement.GetProperty("model").GetString());
        Assert.Equal(1e-300, second.RootElement.GetProperty("mean").GetDouble());
        Assert.Equal("[1,null]", second.RootElement.GetProperty("counts").GetRawText());
        Assert.Contains("\"mean\":null", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_KeepsTheRowsAndColumnsThatAreWanted()
    {
        Assert.Equal([1000], Steps(new SeriesFilter(Components: ["mlp", "embed_in"], Blocks: [0, 1])));
        Assert.Equal([2000], Steps(new SeriesFilter(Parameter: "bias")));
        Assert.Equal([0], Steps(new SeriesFilter(Models: ["a"])));
        Assert.Equal([1000, 2000], Steps(new SeriesFilter { FromStep = 1 }));
        Assert.Equal([0, 1000], Steps(new SeriesFilter { ToStep = 1000 }));
        Assert.Equal([0, 2000], Steps(new SeriesFilter(Steps: [0, 2000])));
        Assert.Equal(
            ["model", "step", "block", "component", "parameter", "mean"],
            new SeriesFilter(Columns: ["mean"]).Apply(Table).Columns.Select(column => column.Schema.Name));
        var error = Assert.Throws<ArgumentException>(() => new SeriesFilter(Columns: ["median"]).Apply(Table));
        Assert.Contains("Unknown column 'median': did you mean mean? There are mean, counts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_OfSomethingThatIsNotThere_SaysWhatThereIs()
    {
        Refuses(new SeriesFilter(Models: ["aa"]), "The series has no model 'aa': did you mean a?");
        Refuses(new SeriesFilter(Components: ["mpl"]), "The series has no component 'mpl': did you mean mlp?");
        Refuses(new SeriesFilter(Steps: [7]), "it has 3, from 0 to 2000");
        Refuses(new SeriesFilter(Parameter: "bias", Steps: [0]), "No row of the series has all that was asked for");
        Assert.Equal(2, new SeriesFilter(Steps: [0, 2000]).ApplyStrictly(Table).Count);

        static void Refuses(SeriesFilter filter, string expected) => Assert.Contains(
            expected, Assert.Throws<ArgumentException>(() => filter.ApplyStrictly(Table)).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Steps(SeriesFilter filter) => filter.Apply(Table)["step"].Cells.Select(step => (int)step!);
}
