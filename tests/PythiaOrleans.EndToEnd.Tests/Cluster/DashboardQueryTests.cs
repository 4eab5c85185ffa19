using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>
/// Every query of every dashboard and alert, on a Prometheus that scrapes a cluster at work: hub, cache, blob storage, a worker that died,
/// a broken checkpoint.
/// </summary>
public sealed partial class DashboardQueryTests(Azurite azurite) : IClassFixture<Azurite>
{
    // The suite has no tokenizer, so that no model runs; what these two show is tested where they are recorded.
    private static readonly string[] NeedAForwardPass = ["pythia_measured_loss", "pythia_measured_largest_activation"];

    private static readonly string Chart = Path.Combine(SharedData.Repository, "helm", "pythia-orleans");

    [Fact]
    public async Task Queries_OfAllPanelsAndAlerts_AnswerWhileASweepRuns()
    {
        using var suite = new TinySuite(steps: 60);
        await using var hub = await HubServer.StartAsync();
        Publish(suite, hub, broken: (TinySuite.Models[0], suite.Steps[^1]));
        var environment = new Dictionary<string, string>
        {
            ["AZURE_STORAGE_CONNECTION_STRING"] = azurite.ConnectionString,
            ["HF_ENDPOINT"] = hub.Hub.AbsoluteUri,
            ["HF_HUB_CACHE"] = Path.Combine(suite.Folder, "hub"),
            ["HF_HUB_OFFLINE"] = "",
        };
        await using var bed = await ClusterFixture.StartAsync(suite, workers: 3, store: "az://dashboards", environment: environment);
        bed.Slow(1000);
        var arguments = suite.SweepArguments("az").Select(
            argument => argument == suite.Store("az") ? bed.Store : argument == suite.Source ? "hub:lab" : argument);
        using var sweep = PythiaProcess.Start(
            environment, [.. arguments, "--catalog", suite.WriteCatalog(), "--cluster", bed.Redis.Connection]);
        await Servers.UntilAsync(
            () => sweep.Process.HasExited || Done().IsMatch(sweep.Errors), () => $"the first shards. {bed.LogWith(sweep)}");
        Assert.False(sweep.Process.HasExited, $"The sweep ended before it did anything. {bed.LogWith(sweep)}");
        bed.Workers.Last().Kill();
        await Servers.UntilAsync(
            () => bed.Control.Log.Contains("is dead", StringComparison.Ordinal), () => $"the verdict on a dead worker. {bed.Log}");
        using var prometheus = await PrometheusServer.StartAsync(
            Path.Combine(suite.Folder, "prometheus"), "pythia",
            bed.Silos.Where(silo => !silo.Current.Process.HasExited).Select(silo => silo.Http));
        await Servers.UntilAsync(
            async () => (
                await prometheus.QueryAsync(
                    "sum(count_over_time(pythia_sweep_remaining_seconds[1m])) > 15 and sum(pythia_quarantines_total) > 0")).Count > 0,
            () => $"fifteen seconds of scrapes. {bed.LogWith(sweep)}");

        var silent = new List<string>();
        foreach (var query in PanelQueries().Concat(AlertSelectors()))
        {
            if ((await prometheus.QueryAsync(query)).All(double.IsNaN))
            {
                silent.Add(query);
            }
        }

        Assert.False(sweep.Process.HasExited, "The sweep ended before the queries were asked.");
        Assert.True(silent.Count == 0, $"No data for:\n{string.Join("\n", silent)}");
        foreach (var alert in AlertExpressions())
        {
            await prometheus.QueryAsync(alert); // that it is a query; whether it fires is promtool's to test
        }

        // Every event of the last minute is marked, also one that is the first of its kind: a counter that was never at 0.
        var annotations = AnnotationQueries().Select(query => query.Replace("1m", "10m", StringComparison.Ordinal)).ToArray();
        Assert.True(annotations.Length >= 3, string.Join("\n", annotations));
        foreach (var annotation in annotations)
        {
            Assert.True((await prometheus.QueryAsync(annotation)).Count > 0, annotation);
        }

        Assert.True(Assert.Single(await prometheus.QueryAsync("sum(pythia_read_bytes_total{origin=\"hub\"})")) > 100_000);
        Assert.True(Assert.Single(await prometheus.QueryAsync("sum(pythia_read_bytes_total{origin=\"cache\"})")) > 100_000);
        Assert.True(Assert.Single(await prometheus.QueryAsync("sum(pythia_written_bytes_total)")) > 100_000);
        Assert.Equal(1, Assert.Single(await prometheus.QueryAsync("sum(pythia_workers_died_total)")));
        Assert.Equal(1, Assert.Single(await prometheus.QueryAsync("sum(pythia_quarantines_total)")));
        Assert.All(
            await prometheus.QueryAsync("count by (instance) ({pythia_cluster=\"pythia\"})"),
            series => Assert.True(series < 2000, $"{series} series"));
    }

    private static IEnumerable<string> PanelQueries() => Directory.EnumerateFiles(Path.Combine(Chart, "dashboards"), "*.json")
        .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!["panels"]!.AsArray())
        .Where(panel => (string?)panel!["type"] != "row")
        .SelectMany(panel => panel!["targets"]!.AsArray())
        .Select(target => Filled((string)target!["expr"]!))
        .Where(query => !NeedAForwardPass.Any(metric => query.Contains(metric, StringComparison.Ordinal)));

    private static IEnumerable<string> AnnotationQueries() => Directory.EnumerateFiles(Path.Combine(Chart, "dashboards"), "*.json")
        .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!["annotations"]!["list"]!.AsArray())
        .Select(annotation => Filled((string)annotation!["expr"]!)).Distinct();

    private static string Filled(string query) => query.Replace("$cluster", "pythia", StringComparison.Ordinal)
        .Replace("$sweep", ".+", StringComparison.Ordinal).Replace("$__rate_interval", "15s", StringComparison.Ordinal);

    // An alert that has nothing to say is silent. That its metrics exist, with the labels that it asks for, is what keeps it from being
    // silent for ever.
    private static IEnumerable<string> AlertSelectors() => AlertExpressions()
        .SelectMany(expression => Selector().Matches(expression))
        .Select(match => $"{match.Groups[1].Value}{{{LabelsOf(match.Groups[2].Value)}}}")
        .Distinct();

    private static string LabelsOf(string selector) =>
        string.Join(",", Label().Matches(selector).Select(label => $"{label.Groups[1].Value}!=\"\""));

    private static IEnumerable<string> AlertExpressions()
    {
        var rules = File.ReadAllText(Path.Combine(Chart, "alerts", "rules.yaml"));
        var expressions = Expression().Matches(rules).Select(match => match.Groups[1].Value.TrimStart('|').Trim()).ToArray();
        Assert.Equal(Regex.Count(rules, "- alert:"), expressions.Length);
        return expressions;
    }

    private static void Publish(TinySuite suite, HubServer hub, (string Model, int Step) broken)
    {
        foreach (var file in Directory.EnumerateFiles(suite.Source, "*", SearchOption.AllDirectories))
        {
            var words = Path.GetRelativePath(suite.Source, file).Split('/');
            hub.Add(
                $"lab/{words[0]}",
                words[1],
                words[2],
                file == suite.WeightsOf(broken.Model, broken.Step) ? new byte[100] : File.ReadAllBytes(file));
        }
    }

    [GeneratedRegex(@": ([3-9]|\d\d+) of \d+ shards")]
    private static partial Regex Done();

    [GeneratedRegex(@"        expr: (\|\n(?:          .*\n)+|.*\n)")]
    private static partial Regex Expression();

    [GeneratedRegex(@"\b((?!pythia_cluster)(?:pythia|dotnet)_[a-z_]+|up)(?:\{([^}]*)\})?(?![a-z_(])")]
    private static partial Regex Selector();

    [GeneratedRegex(@"([a-z_]+)\s*(?:=|!=)")]
    private static partial Regex Label();
}
