using System.Text;

namespace PythiaOrleans.Cli.Display;

/// <summary>
/// A table as plain text, one line a row: it can be searched, cut and sorted in a pipe, and no cell is broken over lines on a terminal.
/// </summary>
/// <param name="headers">The names of the columns.</param>
internal sealed class TextTable(params string[] headers)
{
    private const string Gap = "  ";
    private const int MinWidth = 12;

    private readonly List<string[]> _rows = [];

    /// <summary>Adds a row.</summary>
    /// <param name="cells">A text for each column.</param>
    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Prints it: in a pipe as wide as it is, on a terminal at most as wide as that.</summary>
    public void Print()
    {
        foreach (var line in Lines(Console.IsOutputRedirected ? null : Console.WindowWidth))
        {
            Output.Line(line);
        }
    }

    /// <summary>The lines, the headers first.</summary>
    /// <param name="width">The most letters that a line may have; the widest columns of words are cut with an ellipsis. Null cuts
    /// nothing.</param>
    public IEnumerable<string> Lines(int? width)
    {
        int[] widths = [.. headers.Select((header, column) => Math.Max(header.Length, _rows.Max(row => (int?)row[column].Length) ?? 0))];
        bool[] isNumber = [.. headers.Select((_, column) => _rows.Count > 0 && _rows.All(row => IsNumber(row[column])))];
        if (width is { } most)
        {
            Narrow(widths, isNumber, most);
        }

        return _rows.Prepend(headers).Select(row => Line(row, widths, isNumber));
    }

    private static void Narrow(int[] widths, bool[] isNumber, int most)
    {
        while (widths.Sum() + (Gap.Length * (widths.Length - 1)) > most)
        {
            var words = Enumerable.Range(0, widths.Length).Where(column => !isNumber[column] && widths[column] > MinWidth).ToArray();
            if (words.Length == 0)
            {
                return;
            }

            widths[words.MaxBy(column => widths[column])]--;
        }
    }

    private static string Line(string[] row, int[] widths, bool[] isNumber)
    {
        var line = new StringBuilder();
        for (var column = 0; column < row.Length; column++)
        {
            var cell = row[column].Length <= widths[column] ? row[column] : $"{row[column][..(widths[column] - 1)]}…";
            line.Append(column == 0 ? "" : Gap).Append(isNumber[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]));
        }

        return line.ToString().TrimEnd();
    }

    private static bool IsNumber(string cell) => cell.Length == 0 || char.IsAsciiDigit(cell[0]) || cell is "-" or "none";
}
