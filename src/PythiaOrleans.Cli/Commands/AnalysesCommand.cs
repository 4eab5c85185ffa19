using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Analyses;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia analyses</c>: what can be measured.</summary>
internal static class AnalysesCommand
{
    public static Command Create()
    {
        var name = new Argument<string?>("analysis") { Description = "One analysis, with its columns.", Arity = ArgumentArity.ZeroOrOne };
        var json = SharedOptions.Json();
        var command = new Command("analyses", "List what can be measured, or the columns and plots of one analysis.") { name, json };
        command.SetAction(parsed =>
        {
            var all = PluginOption.Load(parsed).Analyses.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description)
                .ToArray();
            if (parsed.GetValue(name) is { } wanted)
            {
                var one = all.FirstOrDefault(analysis => analysis.Name == wanted) ?? throw new ArgumentException(
                    $"There is no analysis '{wanted}': {Suggestion.Among(wanted, [.. all.Select(analysis => analysis.Name)])}");
                all = [one];
            }

            if (parsed.GetValue(json))
            {
                Output.Json(all.Select(analysis => new
                {
                    analysis.Name,
                    analysis.Version,
                    analysis.Title,
                    analysis.Question,
                    analysis.Source,
                    columns = analysis.Columns.Select(column => new { column.Name, column.Unit, column.Description }),
                    plots = analysis.Plots.Select(plot => new { name = $"{analysis.Name}-{plot.Column}", plot.Title }),
                }));
                return ExitCode.Done;
            }

            var table = parsed.GetValue(name) is null
                ? new TextTable("analysis", "version", "question")
                : new TextTable("column", "unit", "what it is");
            foreach (var analysis in all)
            {
                if (parsed.GetValue(name) is null)
                {
                    table.Add(analysis.Name, analysis.Version.ToString(CultureInfo.InvariantCulture), analysis.Question);
                    continue;
                }

                Output.Line($"{analysis.Name}, version {analysis.Version}: {analysis.Question} Source: {analysis.Source}");
                foreach (var column in analysis.Columns)
                {
                    table.Add(column.Name, column.Unit, column.Description);
                }
            }

            table.Print();
            return ExitCode.Done;
        });
        return command;
    }
}
