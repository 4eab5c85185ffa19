namespace PythiaOrleans.Cli.Commands;

/// <summary>What an example of each command prints: the first lines of real runs, which scripts/example-outputs.py wrote.</summary>
internal static class ExampleOutputs
{
    private const string Prompt = "$ ";
    private const string Resource = "PythiaOrleans.Cli.Commands.example-outputs.txt";

    private static readonly Lazy<IReadOnlyList<(string Line, string Text)>> All = new(Read);

    /// <summary>A command line and what it prints; null where there is none.</summary>
    /// <param name="path">The command's words: <c>pythia cache prune</c>.</param>
    public static (string Line, string Text)? Of(string path) => All.Value
        .Where(one => one.Line == path || one.Line.StartsWith($"{path} ", StringComparison.Ordinal))
        .Select(one => ((string, string)?)one).FirstOrDefault();

    private static List<(string Line, string Text)> Read()
    {
        using var stream = typeof(ExampleOutputs).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The program lacks its resource '{Resource}'. Build it again.");
        using var reader = new StreamReader(stream);
        var sections = new List<(string Line, string Text)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(Prompt, StringComparison.Ordinal))
            {
                sections.Add((line[Prompt.Length..], ""));
            }
            else
            {
                sections[^1] = (sections[^1].Line, $"{sections[^1].Text}{line}\n");
            }
        }

        return sections;
    }
}
