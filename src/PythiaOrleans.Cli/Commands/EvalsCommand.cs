using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia evals</c>: scores of checkpoints beside the series of their weights.</summary>
internal static class EvalsCommand
{
    public static Command Create() => new(
        "evals",
        "Scores of checkpoints: those of Pythia that EleutherAI published come with the program, others are imported.\n\n"
            + "  pythia evals saturation                                  which models lose accuracy late in training\n"
            + "  pythia evals import RESULTS --name mine                  results of lm-evaluation-harness, of any version\n"
            + "  pythia evals relate mine --component mlp.dense_4h_to_h   do weights and scores change together?\n"
            + "  pythia evals plot published --models pythia-70m-v0,pythia-410m-v0 --out norms-and-lambada.svg")
    {
        List(),
        Import(),
        Show(),
        Saturate(),
        Relate(),
        Draw(),
    };

    private static Command List()
    {
        var (store, json) = (SharedOptions.Store(), SharedOptions.Json());
        var command = new Command("list", "The tasks, metrics and models that have scores.") { store, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var evaluations = new EvaluationStore(await StoreAccess.OpenBlobsAsync(parsed.GetValue(store)!, cancellationToken));
            var all = await evaluations.ReadAllAsync(null, cancellationToken);
            var groups = all.GroupBy(score => (score.Task, score.Metric, score.Shots)).Select(group => new
            {
                group.Key.Task,
                group.Key.Metric,
                group.Key.Shots,
                Models = group.Select(score => score.Model).Distinct().Count(),
                Steps = group.Select(score => score.Step).Distinct().Count(),
            }).OrderBy(group => group.Task, StringComparer.Ordinal).ThenBy(group => group.Metric, StringComparer.Ordinal).ToArray();
            var imports = await evaluations.ListAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                Output.Json(new { imports, models = all.Select(score => score.Model).Distinct().Order(StringComparer.Ordinal), groups });
                return ExitCode.Done;
            }

            foreach (var group in groups)
            {
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{group.Task} {group.Metric}, {group.Shots} shots: {group.Models} models, {group.Steps} steps"));
            }

            Output.Line($"models: {string.Join(", ", all.Select(score => score.Model).Distinct().Order(StringComparer.Ordinal))}");
            Output.Line($"imports: {(imports.Count == 0 ? "none" : string.Join(", ", imports))}; published: EleutherAI/pythia, Apache-2.0");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Import()
    {
        var place = new Argument<string>("results") { Description = "A result file of lm-evaluation-harness, or a folder of them." };
        var name = new Option<string>("--name", "-n") { Description = "The import's name; one of that name is replaced.", Required = true };
        var model = new Option<string?>("--model") { Description = "The model of all files. Default: what each file says." };
        var step = new Option<int?>("--step") { Description = "The step of all files. Default: what each file, or its name, says." };
        var (catalogFile, store) = (SharedOptions.Catalog(), SharedOptions.Store());
        var command = new Command("import", "Import results of lm-evaluation-harness, written by any version.")
        {
            place, name, model, step, catalogFile, store,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var catalog = SharedOptions.LoadCatalog(parsed.GetValue(catalogFile));
            var scores = new HarnessImport(catalog, parsed.GetValue(model), parsed.GetValue(step)).Read(parsed.GetValue(place)!);
            var evaluations = new EvaluationStore(await StoreAccess.OpenBlobsAsync(parsed.GetValue(store)!, cancellationToken));
            var path = await evaluations.WriteAsync(parsed.GetValue(name)!, scores, catalog, cancellationToken);
            var checkpoints = scores.Select(score => (score.Model, score.Step)).Distinct().Count();
            var tasks = scores.Select(score => score.Task).Distinct().Count();
            Output.Line(string.Create(
                CultureInfo.InvariantCulture, $"{scores.Count} scores of {checkpoints} checkpoints, {tasks} tasks: {path}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        var options = new EvaluationOptions();
        var command = new Command("show", "Print scores as CSV: model, task, metric, step, score, standard_error.");
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Output.Line("model,task,metric,step,score,standard_error");
            foreach (var curve in await ReadAsync(parsed, options, cancellationToken))
            {
                for (var i = 0; i < curve.Steps.Count; i++)
                {
                    var error = double.IsNaN(curve.Errors[i]) ? "" : curve.Errors[i].ToString(CultureInfo.InvariantCulture);
                    Output.Line(string.Create(CultureInfo.InvariantCulture,
                        $"{curve.Model},{curve.Task},\"{curve.Metric}\",{curve.Steps[i]},{curve.Values[i]},{error}"));
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Saturate()
    {
        var (options, json) = (new EvaluationOptions(), SharedOptions.Json());
        var command = new Command("saturation", "Say which models lose a score late in training, and from which step on.") { json };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var found = (await ReadAsync(parsed, options, cancellationToken)).Select(Saturation.Of).ToArray();
            if (parsed.GetValue(json))
            {
                Output.Json(found);
                return ExitCode.Done;
            }

            foreach (var one in found.OrderByDescending(one => one.Z))
            {
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{one.Model} {one.Task} {one.Metric}: best {one.Best:0.0000} at step {one.BestStep}, {one.Last:0.0000} at step "
                        + $"{one.LastStep}, z {one.Z:0.0}{(one.Degrades ? $": degrades from step {one.BestStep}" : "")}"));
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static Command Relate()
    {
        var (options, weights, json) = (new EvaluationOptions(), new WeightOptions(), SharedOptions.Json());
        var command = new Command(
            "relate",
            "Correlate the changes of a series with those of a score from checkpoint to checkpoint (never their levels), with 95 % "
                + "intervals of a block bootstrap, and say which of the two is later.")
        {
            json,
        };
        weights.AddTo(command);
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (scores, curves) = await JoinAsync(parsed, options, weights, cancellationToken);
            var found = scores.SelectMany(score => curves.Where(curve => curve.Model == score.Model).GroupBy(curve => curve.Component)
                .Select(blocks => Relation.Of([.. blocks], score))).OfType<Relation>().ToArray();
            if (parsed.GetValue(json))
            {
                Output.Json(found);
                return ExitCode.Done;
            }

            Output.Line($"{weights.Label(parsed)}: changes from checkpoint to checkpoint, median over blocks");
            foreach (var one in found)
            {
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{one.Model} {one.Component}, {one.Task} {one.Metric}: rho {one.Rho:0.00} [{one.Low:0.00}, {one.High:0.00}], with the "
                        + $"step held fixed {one.Partial:0.00}, {one.Steps} steps; half of its range at step {one.HalfStep:0}, "
                        + $"the score at {one.ScoreHalfStep:0}"));
            }

            var sure = found.Count(one => one.IsSure);
            Output.Line(string.Create(CultureInfo.InvariantCulture,
                $"{sure} of {found.Length} intervals leave out zero; by chance {found.Length / 20.0:0.0} would."));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Draw()
    {
        var (options, weights) = (new EvaluationOptions(), new WeightOptions());
        var file = new Option<string>("--out") { Description = "The file: .png, .svg or .pdf.", DefaultValueFactory = _ => "evals.png" };
        var command = new Command("plot", "Draw a series and a score along training, the score on a second axis.") { file };
        weights.AddTo(command);
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var target = parsed.GetValue(file)!;
            var format = OutputFile.FormatOf(target);
            var (scores, curves) = await JoinAsync(parsed, options, weights, cancellationToken);
            var component = weights.Component(parsed, curves);
            var drawn = CapabilityPlot.Draw(
                [.. curves.Where(curve => curve.Component == component)], [.. scores.DistinctBy(score => score.Model)],
                weights.Column(parsed), format);
            await File.WriteAllBytesAsync(target, drawn, cancellationToken);
            Output.Line(Path.GetFullPath(target));
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<ScoreCurve>> ReadAsync(
        ParseResult parsed, EvaluationOptions options, CancellationToken cancellationToken) =>
        await options.ReadAsync(
            parsed, await StoreAccess.OpenBlobsAsync(parsed.GetValue(options.Store)!, cancellationToken), cancellationToken);

    // The published series are of the first release of Pythia: its scores, under the names that the series have.
    private static async Task<(IReadOnlyList<ScoreCurve> Scores, IReadOnlyList<Curve> Curves)> JoinAsync(
        ParseResult parsed, EvaluationOptions options, WeightOptions weights, CancellationToken cancellationToken)
    {
        var series = await SeriesSource.LoadAsync(weights.Sweep(parsed), parsed.GetValue(options.Store)!, cancellationToken);
        var scores = await ReadAsync(parsed, options, cancellationToken);
        ScoreCurve[] joined =
        [
            .. series.Models.SelectMany(model => scores
                .Where(score => score.Model == EvaluationSeries.NameOf(series, model, ModelCatalog.Default))
                .Select(score => score with { Model = model })),
        ];
        return (joined, weights.Read(parsed, series));
    }
}
