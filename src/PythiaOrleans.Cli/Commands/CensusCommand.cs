using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Reporting.Census;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia census</c>: which published revisions serve something else than their names say.</summary>
internal static class CensusCommand
{
    private const int MaxShown = 40;

    public static Command Create()
    {
        var place = new Argument<string?>("place")
        {
            Description = "A repository of the hub, EleutherAI/pythia-2.8b; hub, hub:ORG, a folder, or az://container/prefix.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var sweep = new Option<string?>("--sweep")
        {
            Description = "Instead of a place: all weights of a sweep, by what it has measured of them.",
        };
        var suite = new Option<string?>("--suite") { Description = "The models of a suite of the catalog." };
        var models = new Option<string?>("--models", "-m")
        {
            Description = "Models, separated by commas. Default: those of the repository, or of the folder.",
        };
        var level = new Option<int>("--level", "-l")
        {
            Description = "0 compares names, lengths and digests of files, and reads no weights. 1 also reads headers, 64 rows of the "
                + "embedding and some norms: up to a megabyte of each revision.",
        };
        var page = new Option<string?>("--out") { Description = "Also write the census as one HTML file.", HelpName = "file" };
        var knownBad = new Option<string?>("--known-bad")
        {
            Description = "Also write the bad revisions as a JSON file that --catalog of every command takes.",
            HelpName = "file",
        };
        var fresh = new Option<bool>("--fresh") { Description = "Ask again for revisions that have not changed since the last census." };
        var (catalogFile, store, json) = (SharedOptions.Catalog(), SharedOptions.Store(), SharedOptions.Json());
        var command = new Command(
            "census",
            "Look at every published revision of models, without fetching them: copies of other steps, missing or damaged weights.\n\n"
                + "  pythia census EleutherAI/pythia-2.8b --out census.html\n"
                + "  pythia census hub --suite polypythias-decoupled --level 1 --known-bad bad.json\n"
                + "  pythia census --sweep mine                               all weights, tensor by tensor")
        {
            place, sweep, suite, models, level, page, knownBad, fresh, catalogFile, store, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var blobs = await StoreAccess.OpenBlobsAsync(parsed.GetValue(store)!, cancellationToken);
            var census = (parsed.GetValue(place), parsed.GetValue(sweep)) switch
            {
                (null, { } name) => SweepCensus.Create(
                    await SeriesSource.LoadAsync(name, parsed.GetValue(store)!, cancellationToken),
                    SharedOptions.LoadCatalog(parsed.GetValue(catalogFile)), TimeProvider.System.GetUtcNow()),
                ({ } named, null) => await TakeAsync(
                    CensusScope.Resolve(named, parsed.GetValue(suite), parsed.GetValue(models), parsed.GetValue(catalogFile)),
                    LevelOf(parsed.GetValue(level)), parsed.GetValue(fresh), blobs, cancellationToken),
                _ => throw new ArgumentException("Name a repository or another place, or give --sweep NAME; not both."),
            };
            await WriteAsync(census, parsed.GetValue(page), parsed.GetValue(knownBad), cancellationToken);
            if (parsed.GetValue(json))
            {
                Output.Json(census);
            }
            else
            {
                Print(census);
            }

            return census.Count(CensusSeverity.Bad) > 0 ? ExitCode.Partial : ExitCode.Done;
        });
        return command;
    }

    private static Task<SuiteCensus> TakeAsync(
        CensusScope scope, CensusLevel level, bool isFresh, IBlobStore store, CancellationToken cancellationToken)
    {
        var source = new CheckpointSources(scope.Catalog).Open(scope.Source).Revisions
            ?? throw new ArgumentException($"{scope.Source}: this kind of source does not tell of its revisions.");
        return new CensusTaker(source, scope.Source, store).TakeAsync(
            scope.Name, scope.Models, level, isFresh, new CensusLines(), cancellationToken);
    }

    private static CensusLevel LevelOf(int level) => level is 0 or 1
        ? (CensusLevel)level
        : throw new ArgumentException($"--level: expected 0 or 1, found {level}.");

    private static async Task WriteAsync(SuiteCensus census, string? page, string? knownBad, CancellationToken cancellationToken)
    {
        if (page is not null)
        {
            await CensusPage.WriteAsync(census, page, cancellationToken);
            Output.Note($"Wrote {page}.");
        }

        if (knownBad is not null)
        {
            await KnownBadFile.WriteAsync(census, knownBad, cancellationToken);
            Output.Note($"Wrote {knownBad}: give it to --catalog of `pythia plan`, `sweep`, `status` and `report`.");
        }
    }

    private static void Print(SuiteCensus census)
    {
        foreach (var model in census.Models)
        {
            Output.Line(model.Problem is { } problem ? $"{model.Model}: {problem}" : Summary(model));
            var groups = model.Faults.Where(fault => fault.Kind != FaultKind.NotAnnounced)
                .GroupBy(fault => (fault.Severity, fault.Kind))
                .OrderByDescending(group => group.Key.Severity);
            foreach (var group in groups)
            {
                Print([.. group]);
            }
        }
    }

    private static void Print(CensusFault[] faults)
    {
        var word = faults[0].Severity switch { CensusSeverity.Bad => "wrong", CensusSeverity.Absent => "missing", _ => "note" };
        if (faults.Length > MaxShown || faults[0].Severity == CensusSeverity.Absent)
        {
            Output.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"  {word,-8}{NameRange(faults)}: {faults[0].Detail}"));
            return;
        }

        foreach (var fault in faults)
        {
            Output.Line($"  {word,-8}{fault.Revision}: {fault.Detail}");
        }
    }

    private static string NameRange(CensusFault[] faults) => faults.Length == 1
        ? faults[0].Revision
        : string.Create(CultureInfo.InvariantCulture, $"{faults.Length} revisions, {faults[0].Revision} to {faults[^1].Revision}");

    private static string Summary(ModelCensus model) => string.Create(
        CultureInfo.InvariantCulture,
        $"{model.Model}: {model.Revisions.Count - model.Count(CensusSeverity.Absent)} revisions, {model.Count(CensusSeverity.Bad)} wrong, "
            + $"{model.Count(CensusSeverity.Absent)} missing, {model.Count(CensusSeverity.Note)} with notes");
}
