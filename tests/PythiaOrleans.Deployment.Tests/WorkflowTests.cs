using System.Text.RegularExpressions;
using PythiaOrleans.Cli.Display;
using YamlDotNet.RepresentationModel;

namespace PythiaOrleans.Deployment.Tests;

/// <summary>The workflows as files: what they call is there, and nothing in them depends on a place that a variable could name.</summary>
public sealed partial class WorkflowTests
{
    public static TheoryData<string> Files() =>
        new(Directory.EnumerateFiles(Path.Combine(Tool.Root, ".github", "workflows"), "*.yml")
            .Select(Path.GetFileName).Order(StringComparer.Ordinal)!);

    [Fact]
    public void Workflows_TestEachChange_AndReleaseTags()
    {
        Assert.Equal(["ci.yml", "release.yml"], Files().Select(row => row.Data));
        Assert.Contains(Scripts("ci.yml"), script => script == ".ci/run");
        Assert.Subset(Scripts("release.yml").ToHashSet(), new HashSet<string> { "test.sh", "scripts/archive.sh" });
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Scripts_ThatAWorkflowCalls_AreThere(string file) => Assert.All(Scripts(file), script =>
    {
        var path = Path.Combine(Tool.Root, script);
        Assert.True(File.Exists(path), $"{file} calls {script}, which is not there");
        Assert.StartsWith("#!", File.ReadLines(path).First(), StringComparison.Ordinal);
    });

    /// <summary>An action without a version is another program tomorrow; a job without a limit runs for six hours.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Jobs_HaveALimit_AndFixedActions(string file)
    {
        var jobs = ((YamlMappingNode)Read(file)["jobs"]).Children.Values.Cast<YamlMappingNode>().ToArray();
        Assert.NotEmpty(jobs);
        Assert.All(jobs, job => Assert.True(job.Children.ContainsKey("timeout-minutes"), file));
        Assert.All(
            Steps(file).Where(step => step.Children.ContainsKey("uses")),
            step => Assert.Matches("^[a-z-]+/[a-z-]+@v[0-9]+$", (string)step["uses"]!));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Hosts_AreNamedByVariables(string file) => Assert.DoesNotMatch(
        @"https?://|\.(io|org|com|dev)\b", File.ReadAllText(Path.Combine(Tool.Root, ".github", "workflows", file)));

    private static string[] Scripts(string file) =>
    [
        .. Steps(file).Where(step => step.Children.ContainsKey("run"))
            .SelectMany(step => Script().Matches((string)step["run"]!)).Select(match => match.Groups[1].Value).Distinct(),
    ];

    private static IEnumerable<YamlMappingNode> Steps(string file) => ((YamlMappingNode)Read(file)["jobs"]).Children.Values
        .SelectMany(job => (YamlSequenceNode)job["steps"]).Cast<YamlMappingNode>();

    private static YamlMappingNode Read(string file)
    {
        using var text = File.OpenText(Path.Combine(Tool.Root, ".github", "workflows", file));
        var stream = new YamlStream();
        stream.Load(text);
        return (YamlMappingNode)Assert.Single(stream.Documents).RootNode;
    }

    [GeneratedRegex(@"(?:^|\s)(?:\./)?(scripts/[\w.-]+|\.ci/[\w.-]+|[\w-]+\.sh)(?=\s|$)")]
    private static partial Regex Script();
}
