namespace PythiaOrleans.Testing;

/// <summary>
/// Real data that tests read where it lies: the folder in <c>PYTHIA_SHARED</c>, by default <c>../shared</c> beside the project.
/// </summary>
internal static class SharedData
{
    /// <summary>The folder of the solution.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The path of a file below <c>data/</c>.</summary>
    /// <exception cref="FileNotFoundException">The data is absent.</exception>
    public static string PathOf(params string[] parts)
    {
        var path = Path.Combine([Environment.GetEnvironmentVariable("PYTHIA_SHARED") ?? BesideTheProject(), "data", .. parts]);
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException(
                $"{path} is absent. Tests read real data from the folder in PYTHIA_SHARED, by default ../shared beside the project.");
    }

    /// <summary>A folder beside the data.</summary>
    public static string Folder(string name) =>
        Path.Combine(Environment.GetEnvironmentVariable("PYTHIA_SHARED") ?? BesideTheProject(), name);

    private static string BesideTheProject() => Path.GetFullPath(Path.Combine(Repository, "..", "shared"));

    private static string FindRepository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "PythiaOrleans.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not below the repository.");
    }
}
