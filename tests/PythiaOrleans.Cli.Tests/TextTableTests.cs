using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Cli.Tests;

public sealed class TextTableTests
{
    private static TextTable Models()
    {
        var table = new TextTable("model", "blocks", "parameters", "checkpoints", "also called");
        table.Add("pythia-14m", "6", "14,067,712", "154", "");
        table.Add("pythia-160m-data-seed1", "12", "162,322,944", "154", "pythia-125m-data-seed1, pythia-160m-data-order-1");
        return table;
    }

    [Fact]
    public void Table_InAPipe_IsALineARowAndWhole() => Assert.Equal(
    [
        "model                   blocks   parameters  checkpoints  also called",
        "pythia-14m                   6   14,067,712          154",
        "pythia-160m-data-seed1      12  162,322,944          154  pythia-125m-data-seed1, pythia-160m-data-order-1",
    ], Models().Lines(null));

    [Fact]
    public void Table_OfEightyColumns_CutsWordsAndNoNumber()
    {
        string[] lines = [.. Models().Lines(80)];
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Equal("pythia-160m-data-seed1      12  162,322,944          154  pythia-125m-data-seed…", lines[2]);
    }

    [Fact]
    public void Table_WithoutRows_IsItsHeaders() => Assert.Equal(["model  done"], new TextTable("model", "done").Lines(80));
}
