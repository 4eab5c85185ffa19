using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PythiaOrleans.Core.Ids;
using Spectre.Console;

namespace PythiaOrleans.Cli.Display;

/// <summary>Data goes to standard output, everything that only a person reads to standard error or a table.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Format = new JsonSerializerOptions
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    }.WithIds();

    /// <summary>The console for people. Spectre.Console honours NO_COLOR and drops styles when the output is redirected.</summary>
    public static IAnsiConsole Out { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });

    /// <summary>The console for progress: standard error, so that standard output stays data.</summary>
    public static IAnsiConsole Progress { get; } = AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(Console.Error),
        Ansi = Console.IsErrorRedirected ? AnsiSupport.No : AnsiSupport.Detect,
        Interactive = Console.IsErrorRedirected ? InteractionSupport.No : InteractionSupport.Detect,
    });

    /// <summary>A line of data. Not through Spectre.Console, which would break it at the terminal's width.</summary>
    public static void Line(string text) => Console.Out.WriteLine(text);

    /// <summary>A line of progress.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);

    public static void Json<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Format));

    public static string Bytes(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB", "PB"];
        var unit = 0;
        double amount = bytes;
        for (; amount >= 1000 && unit < units.Length - 1; unit++)
        {
            amount /= 1000;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.##} {units[unit]}");
    }

    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s"),
        { TotalMinutes: < 90 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h"),
    };
}
