using System.Globalization;
using System.IO.Compression;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>
/// The evaluations of Pythia's checkpoints that EleutherAI published: 155 tasks, 37 models, zero and five shots. Apache-2.0, see
/// <see cref="Licence"/>.
/// </summary>
public static class PublishedEvaluations
{
    /// <summary>The name under which commands know them.</summary>
    public const string Name = "published";

    private const string Resource = "pythia-evaluations.txt.gz";

    /// <summary>The licence, with origin and changes.</summary>
    public static string Licence
    {
        get
        {
            using var reader = new StreamReader(Open("pythia-evaluations.licence.txt"));
            return reader.ReadToEnd();
        }
    }

    /// <summary>Reads the evaluations that come with the program.</summary>
    /// <param name="wanted">Which tasks; null for all.</param>
    public static IReadOnlyList<Evaluation> Load(Func<string, bool>? wanted = null)
    {
        using var stream = new GZipStream(Open(Resource), CompressionMode.Decompress);
        using var reader = new StreamReader(stream);
        return Read(reader, wanted ?? (_ => true));
    }

    // '# task metric shots', then for each model '> model' and its lines 'step value error'.
    private static List<Evaluation> Read(StreamReader reader, Func<string, bool> wanted)
    {
        var evaluations = new List<Evaluation>();
        var (task, metric, shots, model, isWanted) = ("", "", 0, "", false);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            switch (fields[0])
            {
                case "#":
                    (task, metric, shots) = (fields[1], fields[2], int.Parse(fields[3], CultureInfo.InvariantCulture));
                    isWanted = wanted(task);
                    break;
                case ">":
                    model = fields[1];
                    break;
                default:
                    if (isWanted)
                    {
                        evaluations.Add(new Evaluation(
                            model, int.Parse(fields[0], CultureInfo.InvariantCulture), task, metric, shots, Number(fields[1]),
                            fields.Length > 2 ? Number(fields[2]) : null));
                    }

                    break;
            }
        }

        return evaluations;
    }

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static Stream Open(string name) => typeof(PublishedEvaluations).Assembly.GetManifestResourceStream(name)
        ?? throw new InvalidOperationException($"The program lacks its resource '{name}'. Build it again.");
}
