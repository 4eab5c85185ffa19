using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Comparisons;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia likeness</c>: how alike the models of a sweep are, by what they compute on the same tokens.</summary>
internal static class LikenessCommand
{
    private const string Geometry = "representation-geometry";
    private const string Behaviour = "behaviour";

    public static Command Create()
    {
        var (sweep, store, json) = (SharedOptions.Sweep(), SharedOptions.Store(), SharedOptions.Json());
        var models = new Option<string?>("--models", "-m") { Description = "Models, separated by commas. Default: all." };
        var at = new Option<double>("--at")
        {
            Description = "The fraction of training at which models are compared, from 0 to 1; each at its measured step that is nearest.",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command(
            "likeness",
            $"How alike models of other sizes or seeds are on the same tokens: linear CKA of their streams (from {Geometry}) and KL of "
                + $"their predictions (from {Behaviour}).") { sweep, models, at, store, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var fraction = parsed.GetValue(at) is >= 0 and <= 1 and var found
                ? found
                : throw new ArgumentException(FormattableString.Invariant($"--at: expected 0 to 1, found {parsed.GetValue(at)}."));
            var results = await StoreAccess.OpenAsync(parsed.GetValue(store)!, cancellationToken);
            var spec = await results.FindSweepAsync(parsed.GetValue(sweep)!, cancellationToken);
            var wanted = SharedOptions.Words(parsed.GetValue(models)) ?? spec.Models;
            var compared = ModelLikeness.Compare(await ReadAsync(results, spec, [.. wanted], fraction, cancellationToken));
            if (parsed.GetValue(json))
            {
                Output.Json(compared);
                return ExitCode.Done;
            }

            foreach (var pair in compared)
            {
                Output.Line(Sentence(pair));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<(string Model, ResultTable? Geometry, ResultTable? Behaviour)>> ReadAsync(
        ResultStore store, SweepSpec spec, IReadOnlyList<string> models, double fraction, CancellationToken cancellationToken)
    {
        if (models.FirstOrDefault(model => !spec.Models.Contains(model)) is { } unknown)
        {
            throw new ArgumentException($"--models: '{unknown}' is not in '{spec.Name}', which has {string.Join(", ", spec.Models)}.");
        }

        var standing = await store.Ledger.ReadAsync(spec, cancellationToken);
        ResultKey[] keys = [.. spec.Analyses.Where(one => one.Name is Geometry or Behaviour).SelectMany(standing.Committed)];
        var all = new List<(string, ResultTable?, ResultTable?)>();
        foreach (var model in models)
        {
            all.Add((model, await NearestAsync(model, Geometry), await NearestAsync(model, Behaviour)));
        }

        if (all.Exists(one => one.Item3 is { } table && table.Find(ModelLikeness.PredictionsColumn) is null))
        {
            Output.Note(
                $"Results of an older version of {Behaviour} hold no predictions and are left out: `pythia resume {spec.Name} --upgrade` "
                    + "measures them again.");
        }

        var measured = all.Count(one => one is not (_, null, null));
        return measured > 1
            ? all
            : throw new ArgumentException(
                $"'{spec.Name}' has results of {Geometry} or {Behaviour} of {measured} of these models, expected two: "
                + $"sweep them, for example with --analyses default,{Geometry},{Behaviour} --extend.");

        async Task<ResultTable?> NearestAsync(string model, string analysis)
        {
            ResultKey[] own = [.. keys.Where(key => key.Checkpoint.Model == model && key.Analysis.Name == analysis)];
            return own.Length == 0
                ? null
                : await store.ReadAsync(
                    own.MinBy(key => Math.Abs(key.Checkpoint.Step - (fraction * own[^1].Checkpoint.Step))), cancellationToken);
        }
    }

    private static string Sentence(ModelLikeness pair)
    {
        var alike = pair.Places.Where(place => place is { IsSameDepth: true, Cka: not null })
            .Select(place => string.Create(
                CultureInfo.InvariantCulture,
                $"{(place.Place == place.OtherPlace ? place.Place : $"{place.Place} and {place.OtherPlace}")} {place.Cka:0.00}"));
        var likeness = pair.Places.Count == 0 ? "" : $" CKA: {string.Join(", ", alike)}.";
        var divergence = pair is { KlTo: { } to, KlFrom: { } from }
            ? string.Create(CultureInfo.InvariantCulture, $" KL: at least {to:0.000} and {from:0.000} nats.")
            : "";
        return $"{pair.Model}, {pair.Other}:{divergence}{likeness}";
    }
}
