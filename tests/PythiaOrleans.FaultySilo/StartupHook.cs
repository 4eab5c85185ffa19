/// <summary>
/// Runs in a process that names this assembly in <c>DOTNET_STARTUP_HOOKS</c>, before its own code; at the end it writes what was loaded.
/// </summary>
/// <remarks>
/// The runtime asks for this name, without a namespace. Nothing of other assemblies is used here, or it would count as loaded.
/// </remarks>
internal static class StartupHook
{
    /// <summary>The variable that names the file: a line for each assembly, and for each mapped library.</summary>
    public const string File = "PYTHIA_TEST_LOADED";

    public static void Initialize() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        var assemblies = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!);
        var libraries = System.IO.File.ReadLines("/proc/self/maps")
            .Where(line => line.EndsWith(".so", StringComparison.Ordinal)).Select(line => Path.GetFileName(line));
        System.IO.File.WriteAllLines(Environment.GetEnvironmentVariable(File)!, assemblies.Concat(libraries).Distinct());
    };
}
