namespace PythiaOrleans.Architecture.Tests;

/// <summary>Where the source is, seen from a compiled test.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>A file's path as a reader of a test's output wants it.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file);

    /// <summary>Whether the compiler or a generator wrote the file.</summary>
    public static bool IsBuildOutput(string file) => Relative(file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin");

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PythiaOrleans.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("PythiaOrleans.sln is in no folder above the tests.");
        }

        return folder.FullName;
    }
}
