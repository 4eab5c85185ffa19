using System.CommandLine;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Options;

/// <summary>Which series of weights a score is compared with.</summary>
internal sealed class WeightOptions
{
    private readonly Argument<string> _sweep = new("sweep") { Description = "The sweep's name, or published." };
    private readonly Option<string> _analysis = new("--analysis", "-a")
    {
        Description = "The analysis.",
        DefaultValueFactory = _ => "weight-moments",
    };

    private readonly Option<string> _column = new("--column", "-c") { Description = "The statistic.", DefaultValueFactory = _ => "norm" };
    private readonly Option<string?> _component = new("--component") { Description = "The component. Default: each; of a plot the first." };
    private readonly Option<string> _parameter = new("--parameter")
    {
        Description = "weight or bias.",
        DefaultValueFactory = _ => "weight",
    };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_sweep);
        foreach (var option in new Option[] { _analysis, _column, _component, _parameter })
        {
            command.Options.Add(option);
        }
    }

    public string Sweep(ParseResult parsed) => parsed.GetValue(_sweep)!;

    public string Column(ParseResult parsed) => parsed.GetValue(_column)!;

    public string Label(ParseResult parsed) => $"{parsed.GetValue(_analysis)} {parsed.GetValue(_column)}";

    public string Component(ParseResult parsed, IReadOnlyList<Curve> curves) => parsed.GetValue(_component) ?? curves[0].Component;

    /// <exception cref="ArgumentException">The series has no such curves; the message says what it has.</exception>
    public IReadOnlyList<Curve> Read(ParseResult parsed, SeriesSet series)
    {
        var (analysis, column, component) = (parsed.GetValue(_analysis)!, parsed.GetValue(_column)!, parsed.GetValue(_component));
        var all = series.Curves(analysis, column).Where(curve => curve.Parameter == parsed.GetValue(_parameter)).ToArray();
        Curve[] chosen = [.. all.Where(curve => component is null || curve.Component == component)];
        return chosen.Length > 0
            ? chosen
            : throw new ArgumentException(all.Length == 0
                ? $"'{series.Name}' has no {analysis}.{column}: it has {string.Join(", ", series.Tables.Keys)}."
                : $"'{series.Name}' has no component '{component}': "
                    + Suggestion.Among(component!, [.. all.Select(curve => curve.Component).Distinct()]));
    }
}
