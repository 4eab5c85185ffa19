using System.CommandLine;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Reporting.Capability;

namespace PythiaOrleans.Cli.Options;

/// <summary>Which evaluations: what the commands of <c>pythia evals</c> have in common.</summary>
internal sealed class EvaluationOptions
{
    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, separated by commas. Default: all." };
    private readonly Option<string> _tasks = new("--tasks", "-t")
    {
        Description = "Tasks, separated by commas.",
        DefaultValueFactory = _ => "lambada_openai",
    };

    private readonly Option<string?> _metric = new("--metric") { Description = "The metric. Default: acc, else the first of the task." };
    private readonly Option<int> _shots = new("--shots") { Description = "Examples in the prompt." };

    public Option<string> Store { get; } = SharedOptions.Store();

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _tasks, _metric, _models, _shots, Store })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="ArgumentException">There is no such score; the message names what there is.</exception>
    public async Task<IReadOnlyList<ScoreCurve>> ReadAsync(
        ParseResult parsed, IBlobStore blobs, CancellationToken cancellationToken)
    {
        var (tasks, models, shots) = (
            SharedOptions.Words(parsed.GetValue(_tasks))!, SharedOptions.Words(parsed.GetValue(_models)), parsed.GetValue(_shots));
        var all = await new EvaluationStore(blobs).ReadAllAsync(tasks.Contains, cancellationToken);
        var curves = ScoreCurve.From(all.Where(score => score.Shots == shots && (models is null || models.Contains(score.Model))));
        ScoreCurve[] chosen =
        [
            .. tasks.SelectMany(task =>
            {
                var own = curves.Where(curve => curve.Task == task).ToArray();
                var metric = parsed.GetValue(_metric) ?? own.Select(curve => curve.Metric).OrderByDescending(name => name == "acc")
                    .FirstOrDefault();
                return own.Where(curve => curve.Metric == metric);
            }),
        ];
        return chosen.Length > 0
            ? chosen
            : throw new ArgumentException(
                $"There are no scores of {string.Join(", ", tasks)} with {shots} shots for these models and this metric. "
                    + "`pythia evals list` says which there are.");
    }
}
