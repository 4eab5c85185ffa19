using System.Reflection;

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
        [.. MayKnow.Keys.Select(project => Path.Combine(AppContext.BaseDirectory, project == "Cli" ? "pythia.dll" : $"PythiaOrleans.{project}.dll"))];

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

    [Theory]
    [InlineData("TorchSharp", "Analyses", "Nano")]
    [InlineData("Orleans", "Cluster", "Server", "Cli")]
    [InlineData("ScottPlot", "Reporting")]
    public void Library_IsUsedOnlyWhereItBelongs(string library, params string[] projects)
    {
        foreach (var (project, file) in MayKnow.Keys.Zip(Files))
        {
            using var module = Mono.Cecil.ModuleDefinition.ReadModule(file);
            var uses = module.AssemblyReferences.Any(reference => reference.Name == library || reference.Name.StartsWith(library + ".", StringComparison.Ordinal));
            Assert.True(!uses || projects.Contains(project), $"{project} references {library}; only {string.Join(", ", projects)} may.");
        }
    }

    /// <summary>A namespace is a folder: a file elsewhere would hide an arrow from the tests above.</summary>
    [Fact]
    public void Namespaces_AreFolders()
    {
        var source = Path.Combine(RepositoryRoot(), "src");
        var wrong = Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Select(file => (File: file, Folder: Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.')))
            .Where(file => !file.Folder.Contains(".obj", StringComparison.Ordinal) && !file.Folder.Contains(".bin", StringComparison.Ordinal))
            .Select(file => (file.File, file.Folder, Namespace: File.ReadLines(file.File).FirstOrDefault(line => line.StartsWith("namespace ", StringComparison.Ordinal))))
            .Where(file => file.Namespace is not null && file.Namespace != $"namespace {file.Folder};")
            .Select(file => $"{file.File}: {file.Namespace}, expected namespace {file.Folder};");
        Assert.Empty(wrong);
    }

    private static string ProjectOf(string folder) => folder.Split('.')[0];

    private static string Describe(string[] cycle) => string.Join(", ", cycle) + ":\n" + string.Join(
        "\n",
        Graph.Arrows.Where(arrow => cycle.Contains(arrow.From) && cycle.Contains(arrow.To)).Select(arrow => $"  {arrow.From} -> {arrow.To}: {arrow.Example}"));

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(Path.Combine(folder.FullName, "PythiaOrleans.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("PythiaOrleans.sln is in no folder above the tests.");
        }

        return folder.FullName;
    }
}
