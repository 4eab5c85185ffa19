using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using k8s.Models;
using PythiaOrleans.Cli.Display;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>
/// Dashboards and alerts as files. What their expressions return is checked on a running cluster, in the end-to-end tests.
/// </summary>
public sealed partial class DashboardTests
{
    // Grafana's types are enums, which no literal of a JSON file has; their values are what counts.
    private const string TypeCheck = """
        import type { AnnotationQuery, Dashboard } from '@grafana/schema';
        type Plain<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
        // Grafana leaves the query of a mark on the time axis to each data source: these are the fields of Prometheus.
        type Mark = AnnotationQuery & { expr: string; step: string; titleFormat: string; textFormat: string };
        type Board = Omit<Dashboard, 'annotations'> & { annotations?: { list?: Mark[] } };
        export const dashboard: Plain<Board> =
        """;

    public static TheoryData<string> Files() =>
        new(Directory.EnumerateFiles(Path.Combine(Tool.Chart, "dashboards"), "*.json")
            .Select(Path.GetFileName)
            .Order(StringComparer.Ordinal)!);

    [Fact]
    public async Task Dashboards_HaveGrafanasTypes()
    {
        var files = Directory.GetFiles(Path.Combine(Tool.Chart, "dashboards"), "*.json");
        var (code, output) = await CompileAsync(files.Select(File.ReadAllText));
        Assert.True(code == 0, output);
        Assert.Equal(4, files.Length);
    }

    [Fact]
    public async Task TypeCheck_OfABoardWithAnUnknownField_Fails()
    {
        var board = Read("pythia-sweep.json");
        board["panels"]![0]!["gridPos"]!["h"] = "four";
        var (code, output) = await CompileAsync([board.ToJsonString()]);
        Assert.NotEqual(0, code);
        Assert.Contains("error TS", output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Panels_AreDescribed_HaveUnits_AndDoNotOverlap(string file)
    {
        var board = Read(file);
        var taken = new HashSet<(int, int)>();
        foreach (var panel in board["panels"]!.AsArray().Where(panel => (string?)panel!["type"] != "row"))
        {
            var title = (string?)panel!["title"];
            Assert.False(string.IsNullOrWhiteSpace((string?)panel["description"]), $"{file}: '{title}' has no description");
            Assert.False(string.IsNullOrWhiteSpace((string?)panel["fieldConfig"]!["defaults"]!["unit"]), $"{file}: '{title}' has no unit");
            Assert.All(
                panel["targets"]!.AsArray(),
                target => Assert.Contains("pythia_cluster=\"$cluster\"", (string?)target!["expr"], StringComparison.Ordinal));
            var (x, y, w, h) = (
                (int)panel["gridPos"]!["x"]!, (int)panel["gridPos"]!["y"]!, (int)panel["gridPos"]!["w"]!, (int)panel["gridPos"]!["h"]!);
            Assert.True(x + w <= 24, $"{file}: '{title}' is wider than the board");
            Assert.All(
                Enumerable.Range(x, w).SelectMany(_ => Enumerable.Range(y, h), (column, line) => (column, line)),
                cell => Assert.True(taken.Add(cell), $"{file}: '{title}' covers another panel"));
        }

        var variables = board["templating"]!["list"]!.AsArray().Select(variable => (string)variable!["name"]!).ToArray();
        Assert.Contains("cluster", variables);
        Assert.All(
            Variable().Matches(board["panels"]!.ToJsonString()).Select(match => match.Groups[1].Value),
            name => Assert.Contains(name, variables));
    }

    [Fact]
    public async Task Dashboards_InTheChart_AreTheFiles()
    {
        var rendering = await Rendering.HelmAsync("monitoring.dashboards=true");
        var maps = rendering.Objects.OfType<V1ConfigMap>().ToArray();
        Assert.Equal(4, maps.Length);
        foreach (var map in maps)
        {
            Assert.Equal("1", map.Metadata.Labels["grafana_dashboard"]);
            var (name, json) = Assert.Single(map.Data);
            Assert.True(JsonNode.DeepEquals(Read(name), JsonNode.Parse(json)), name);
        }
    }

    [Fact]
    public async Task Alerts_PassPromtool_AndTheirScenarios()
    {
        var (code, output) = await Tool.RunAsync("promtool", "check", "rules", Path.Combine(Tool.Chart, "alerts", "rules.yaml"));
        Assert.True(code == 0, output);
        (code, output) = await Tool.RunAsync(
            "promtool", "test", "rules", Path.Combine(Tool.Root, "tests", "PythiaOrleans.Deployment.Tests", "alerts-test.yaml"));
        Assert.True(code == 0, output);
    }

    [Fact]
    public async Task Alerts_HaveARunbookAndAScenario()
    {
        var rule = Assert.Single((await Rendering.HelmAsync("monitoring.rules=true")).Objects.OfType<PrometheusRule>());
        var runbook = await File.ReadAllTextAsync(Path.Combine(Tool.Root, "docs", "operations.md"), TestContext.Current.CancellationToken);
        var scenarios = await File.ReadAllTextAsync(
            Path.Combine(Tool.Root, "tests", "PythiaOrleans.Deployment.Tests", "alerts-test.yaml"), TestContext.Current.CancellationToken);
        foreach (var alert in rule.Spec.Groups.SelectMany(group => group.Rules))
        {
            Assert.Contains($"### {alert.Alert}\n", runbook, StringComparison.Ordinal);
            Assert.Equal($"docs/operations.md#{alert.Alert.ToLowerInvariant()}", alert.Annotations["runbook"]);
            Assert.Contains($"alertname: {alert.Alert}\n", scenarios, StringComparison.Ordinal);
        }
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Tool.Chart, "dashboards", file)))!;

    private static async Task<(int Code, string Output)> CompileAsync(IEnumerable<string> boards)
    {
        // Below .tools, or the compiler would not find the types.
        var folder = Directory.CreateDirectory(Path.Combine(Tool.Root, ".tools", $"check-{Guid.NewGuid():N}"));
        try
        {
            var files = boards.Select((board, i) => (Path: Path.Combine(folder.FullName, $"board{i}.ts"), Text: $"{TypeCheck} {board};\n"))
                .ToArray();
            foreach (var (path, text) in files)
            {
                await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
            }

            return await Tool.RunAsync(
                "node",
                [
                    Tool.Npm("typescript", "bin", "tsc"), "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext",
                    "--moduleResolution", "nodenext", .. files.Select(file => file.Path),
                ]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"\$(?!__)\{?([a-z]+)")]
    private static partial Regex Variable();
}
