using System.CommandLine;
using PythiaOrleans.Server.Plugins;

namespace PythiaOrleans.Cli.Options;

/// <summary><c>--plugin FILE</c>: the user's own analyses, findings and families. Every command takes it.</summary>
internal static class PluginOption
{
    private static readonly Option<string[]> Option = new("--plugin")
    {
        Description = "A .NET assembly with analyses, findings or model families of your own (docs/extending.md). May be given again.",
        HelpName = "file",
        Recursive = true,
        DefaultValueFactory = _ => [],
    };

    public static void AddTo(RootCommand root) => root.Options.Add(Option);

    /// <summary>Loads what the command line names; each file once in a process.</summary>
    /// <exception cref="ArgumentException">A file is missing or wrong.</exception>
    public static PluginSet Load(ParseResult parsed) => PluginSet.Load(parsed.GetValue(Option)!);
}
