using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>Imported evaluations in a store: one Parquet file for each import, <c>evaluations/{name}.parquet</c>.</summary>
/// <param name="blobs">The store.</param>
public sealed class EvaluationStore(IBlobStore blobs)
{
    private const string Folder = "evaluations/";
    private const string Suffix = ".parquet";

    /// <summary>Keeps an import; one of the same name is replaced.</summary>
    /// <returns>Where it lies.</returns>
    public async Task<string> WriteAsync(
        string name, IReadOnlyList<Evaluation> evaluations, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        var bytes = await ResultParquet.WriteAsync(
            EvaluationTable.From(evaluations, catalog), new Dictionary<string, string> { ["evaluations"] = name }, cancellationToken)
            .ConfigureAwait(false);
        await blobs.WriteAsync(path, bytes, cancellationToken).ConfigureAwait(false);
        return path;
    }

    /// <summary>The names of the imports, in ordinal order.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var path in blobs.ListAsync(Folder, cancellationToken).ConfigureAwait(false))
        {
            if (path.EndsWith(Suffix, StringComparison.Ordinal) && Identifier.IsValid(path[Folder.Length..^Suffix.Length]))
            {
                names.Add(path[Folder.Length..^Suffix.Length]);
            }
        }

        return names;
    }

    /// <summary>
    /// The published evaluations and those of every import; of two with the same score the imported one counts, of two imports the one
    /// whose name comes last.
    /// </summary>
    /// <param name="wanted">Which tasks; null for all.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public async Task<IReadOnlyList<Evaluation>> ReadAllAsync(Func<string, bool>? wanted, CancellationToken cancellationToken)
    {
        var all = PublishedEvaluations.Load(wanted).ToDictionary(Key);
        foreach (var name in await ListAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var evaluation in await ReadAsync(name, cancellationToken).ConfigureAwait(false))
            {
                if (wanted is null || wanted(evaluation.Task))
                {
                    all[Key(evaluation)] = evaluation;
                }
            }
        }

        return [.. all.Values];
    }

    private async Task<IReadOnlyList<Evaluation>> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        var bytes = await blobs.ReadAsync(path, cancellationToken).ConfigureAwait(false) ?? [];
        try
        {
            return EvaluationTable.Read((await ResultParquet.ReadAsync(bytes, cancellationToken).ConfigureAwait(false)).Table);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{blobs.Name}: {path}: {error.Message} Delete the file and import it again.", error);
        }
    }

    private static string PathOf(string name) => $"{Folder}{Identifier.Validate(name, "import")}{Suffix}";

    private static (string, int, string, string, int) Key(Evaluation score) =>
        (score.Model, score.Step, score.Task, score.Metric, score.Shots);
}
