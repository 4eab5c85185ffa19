using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>What is known of models and suites. Immutable; <see cref="With"/> gives a larger one.</summary>
public sealed class ModelCatalog
{
    private readonly Dictionary<string, ModelEntry> _byName;
    private readonly Dictionary<string, IReadOnlyDictionary<int, string>> _knownBad;

    internal ModelCatalog(
        IReadOnlyList<ModelEntry> models,
        IReadOnlyList<Suite> suites,
        IReadOnlyDictionary<string, IReadOnlyDictionary<int, string>>? knownBad = null)
    {
        // A model may come later than what is known against it: from the source, for example.
        _knownBad = new(knownBad ?? new Dictionary<string, IReadOnlyDictionary<int, string>>(), StringComparer.OrdinalIgnoreCase);
        models = [.. models.Select(model => AddKnownBad(model, _knownBad.GetValueOrDefault(model.Name)))];
        Models = models;
        Suites = suites;
        _byName = new Dictionary<string, ModelEntry>(StringComparer.OrdinalIgnoreCase);
        foreach (var model in models)
        {
            _byName[model.Name] = model;
        }

        // A name always means the model that bears it, even where another one once had it as an alias.
        foreach (var (alias, model) in models.SelectMany(model => model.Aliases, (model, alias) => (alias, model)))
        {
            _byName.TryAdd(alias, model);
        }
    }

    /// <summary>Pythia in all its variants, PolyPythias, the nano suite, OLMo, SmolLM, Amber, Stanford's GPT-2 and BLOOM.</summary>
    public static ModelCatalog Default { get; } = new(
        [
            .. PythiaSuite.Models, .. PolyPythias.Models, .. NanoSuite.Models,
            .. OlmoSuites.Models, .. SmolLmSuites.Models, .. OtherSuites.Models,
        ],
        [
            .. PythiaSuite.Suites, .. PolyPythias.Suites, NanoSuite.Suite,
            .. OlmoSuites.Suites, .. SmolLmSuites.Suites, .. OtherSuites.Suites,
        ]);

    /// <summary>No model and no suite.</summary>
    public static ModelCatalog Empty { get; } = new([], []);

    /// <summary>Every model, the built-in ones first.</summary>
    public IReadOnlyList<ModelEntry> Models { get; }

    /// <summary>Every suite, the built-in ones first.</summary>
    public IReadOnlyList<Suite> Suites { get; }

    /// <summary>Reads a user's models and suites from a JSON file; docs/catalog.md shows the fields.</summary>
    /// <exception cref="CheckpointFormatException">The file is no such JSON.</exception>
    public static ModelCatalog FromJson(string file) => CatalogFile.Read(file);

    /// <summary>A catalog of these models, without suites.</summary>
    public static ModelCatalog FromModels(IReadOnlyList<ModelEntry> models) => new(models, []);

    /// <summary>
    /// This catalog and another one; of two models of one name, in upper or lower case, this catalog's stays. What either knows against
    /// revisions holds for all models.
    /// </summary>
    public ModelCatalog With(ModelCatalog other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ModelCatalog(
            [
                .. Models,
                .. other.Models.ExceptBy(Models.Select(known => known.Name), model => model.Name, StringComparer.OrdinalIgnoreCase),
            ],
            [
                .. Suites,
                .. other.Suites.ExceptBy(Suites.Select(known => known.Name), suite => suite.Name, StringComparer.OrdinalIgnoreCase),
            ],
            Merge(_knownBad, other._knownBad));
    }

    /// <summary>The model of that name or alias, upper or lower case.</summary>
    /// <exception cref="ArgumentException">There is none; the message names similar ones.</exception>
    public ModelEntry Find(string name) => _byName.TryGetValue(name, out var model)
        ? model
        : throw new ArgumentException(
            $"Unknown model '{name}': {Suggestion.Among(name, [.. _byName.Keys])} "
            + "`pythia models` lists all; your own come with --catalog or from the folder under --source.");

    /// <summary>The model of that name or alias, upper or lower case; null where there is none.</summary>
    public ModelEntry? TryFind(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The suite of that name.</summary>
    /// <exception cref="ArgumentException">There is none; the message names all.</exception>
    public Suite FindSuite(string name) => Suites.FirstOrDefault(suite => suite.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"Unknown suite '{name}': {Suggestion.Among(name, [.. Suites.Select(suite => suite.Name)])}");

    private static ModelEntry AddKnownBad(ModelEntry model, IReadOnlyDictionary<int, string>? more) => more is null
        ? model
        : model with { KnownBad = Merge(model.KnownBad, more) };

    private static Dictionary<string, IReadOnlyDictionary<int, string>> Merge(
        IReadOnlyDictionary<string, IReadOnlyDictionary<int, string>> one,
        IReadOnlyDictionary<string, IReadOnlyDictionary<int, string>> other) =>
        one.Keys.Union(other.Keys, StringComparer.OrdinalIgnoreCase).ToDictionary(
            name => name,
            name => Merge(
                one.GetValueOrDefault(name) ?? new Dictionary<int, string>(),
                other.GetValueOrDefault(name) ?? new Dictionary<int, string>()));

    // What was known first stays: it names the report in which people found it.
    private static IReadOnlyDictionary<int, string> Merge(IReadOnlyDictionary<int, string> one, IReadOnlyDictionary<int, string> other) =>
        one.Concat(other.Where(bad => !one.ContainsKey(bad.Key))).ToDictionary(bad => bad.Key, bad => bad.Value);
}
