namespace PythiaOrleans.Architecture.Tests;

/// <summary>Which project may know which, and that folders have an order: docs/architecture.md as code.</summary>
public sealed class ArchitectureTests
{
    // The table of docs/architecture.md.
    private static readonly Dictionary<string, string[]> MayKnow = new(StringComparer.Ordinal)
    {
        ["Core"] = [],
        ["Numerics"] = [],
        ["Checkpoints"] = ["Core"],
        ["Analyses"] = ["Core", "Numerics", "Checkpoints"],
        ["Reporting"] = ["Core", "Numerics", "Checkpoints"],
        ["Cluster"] = ["Core"],
        ["Server"] = ["Core", "Numerics", "Checkpoints", "Analyses", "Reporting", "Cluster"],
        ["Nano"] = ["Core", "Checkpoints", "Analyses"],
        ["Cli"] = ["Core", "Numerics", "Checkpoints", "Analyses", "Reporting", "Cluster", "Server", "Nano"],
    };

    // The command's assembly has the command's name.
    private static readonly string[] Files =
    [
        .. MayKnow.Keys
            .Select(project => project == "Cli" ? "pythia.dll" : $"PythiaOrleans.{project}.dll")
            .Select(file => Path.Combine(AppContext.BaseDirectory, file)),
    ];

    private static readonly FolderGraph Graph = new(Files);

    [Fact]
    public void Projects_UseOnlyThoseThatTheTableAllows()
    {
        var wrong = Graph.Arrows
            .Select(arrow => (From: ProjectOf(arrow.From), To: ProjectOf(arrow.To), arrow.Example))
            .Where(arrow => arrow.From != arrow.To && !MayKnow[arrow.From].Contains(arrow.To))
            .Select(arrow => $"{arrow.From} -> {arrow.To}: {arrow.Example}");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Folders_DoNotUseEachOther()
    {
        var cycles = Graph.Cycles();
        Assert.True(cycles.Count == 0, string.Join("\n", cycles.Select(Describe)));
    }

    [Fact]
    public void EveryProjectOfTheTable_HasCode() =>
        Assert.Equal(MayKnow.Keys.Order(StringComparer.Ordinal), Graph.Folders.Select(ProjectOf).Distinct().Order(StringComparer.Ordinal));

    /// <summary>The tests above would pass on a graph that sees nothing: these two arrows must be there.</summary>
    [Theory]
    [InlineData("Cluster.Grains", "Core.Sweeps")]
    [InlineData("Analyses.WeightMoments", "Numerics.Distributions")]
    public void Graph_SeesArrowsThatAreThere(string from, string to) =>
        Assert.Contains(Graph.Arrows, arrow => arrow.From == from && arrow.To == to);

    [Theory]
    [InlineData("TorchSharp", "Analyses", "Nano")]
    [InlineData("Orleans", "Cluster", "Server", "Cli")]
    [InlineData("ScottPlot", "Reporting")]
    public void Library_IsUsedOnlyWhereItBelongs(string library, params string[] projects)
    {
        foreach (var (project, file) in MayKnow.Keys.Zip(Files))
        {
            using var module = Mono.Cecil.ModuleDefinition.ReadModule(file);
            var uses = module.AssemblyReferences
                .Any(reference => reference.Name == library || reference.Name.StartsWith(library + ".", StringComparison.Ordinal));
            Assert.True(!uses || projects.Contains(project), $"{project} references {library}; only {string.Join(", ", projects)} may.");
        }
    }

    /// <summary>A namespace is a folder: a file elsewhere would hide an arrow from the tests above.</summary>
    [Fact]
    public void Namespaces_AreFolders()
    {
        var source = Path.Combine(Repository.Root, "src");
        var wrong = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Repository.IsBuildOutput(file))
            .Select(file => (File: file, Folder: Path.GetRelativePath(source, Path.GetDirectoryName(file)!)))
            .Select(file => (file.File, Folder: file.Folder.Replace(Path.DirectorySeparatorChar, '.'), Namespace: NamespaceOf(file.File)))
            .Where(file => file.Namespace is not null && file.Namespace != $"namespace {file.Folder};")
            .Select(file => $"{file.File}: {file.Namespace}, expected namespace {file.Folder};");
        Assert.Empty(wrong);
    }

    private static string? NamespaceOf(string file) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal));

    private static string ProjectOf(string folder) => folder.Split('.')[0];

    private static string Describe(string[] cycle) => string.Join(", ", cycle) + ":\n" + string.Join(
        "\n",
        Graph.Arrows
            .Where(arrow => cycle.Contains(arrow.From) && cycle.Contains(arrow.To))
            .Select(arrow => $"  {arrow.From} -> {arrow.To}: {arrow.Example}"));
}
