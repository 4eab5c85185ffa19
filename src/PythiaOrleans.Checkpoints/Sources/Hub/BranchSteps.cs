using System.Globalization;
using System.Text.RegularExpressions;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// Finds the checkpoints among a repository's branches: <c>step1000</c>, <c>step-1000</c>, <c>checkpoint-1000</c>, <c>global_step1000</c>,
/// <c>ckpt_007</c>, <c>stage1-step1000-tokens5B</c>.
/// </summary>
/// <remarks>
/// What stands around the number tells trainings apart: <c>stage1-step1000-tokens5B</c> and <c>stage2-ingredient1-step1000-tokens3B</c> are
/// step 1000 of two models, <c>stage1</c> and <c>stage2-ingredient1</c>.
/// </remarks>
internal static partial class BranchSteps
{
    /// <summary>The branch of a model that was not published step by step.</summary>
    public const string Main = "main";

    /// <summary>The steps of each training, ascending, with their branches; the training that is named by nothing else first.</summary>
    /// <param name="branches">The names of branches and tags.</param>
    /// <returns>
    /// By the training's name, which is empty where the branch holds only the step. Without any step, step 0 is <c>main</c>.
    /// </returns>
    public static SortedDictionary<string, SortedDictionary<int, string>> Group(IEnumerable<string> branches)
    {
        var trainings = new SortedDictionary<string, SortedDictionary<int, string>>(StringComparer.Ordinal);
        var hasMain = false;
        foreach (var branch in branches.Order(StringComparer.Ordinal))
        {
            hasMain |= branch == Main;
            if (Parse(branch) is not var (training, step))
            {
                continue;
            }

            if (!trainings.TryGetValue(training, out var steps))
            {
                trainings[training] = steps = [];
            }

            steps.TryAdd(step, branch);
        }

        if (trainings.Count == 0 && hasMain)
        {
            trainings[""] = new SortedDictionary<int, string> { [0] = Main };
        }

        return trainings;
    }

    private static (string Training, int Step)? Parse(string branch)
    {
        var match = Step().Match(branch);
        if (!match.Success
            || !int.TryParse(match.Groups["step"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            return null;
        }

        var around = $"{branch[..match.Index]}-{Tokens().Replace(branch[(match.Index + match.Length)..], "")}";
        var training = string.Join('-', around.Split(['-', '_', '/', '.', '='], StringSplitOptions.RemoveEmptyEntries));
        return training.Length == 0 || Identifier.IsValid(training) ? (training, step) : null;
    }

    // The longest words first: global_step holds step.
    [
        GeneratedRegex(
            @"(?<![A-Za-z])(?:global_?step|steps?|checkpoint|ckpt|iter(?:ation)?)[-_=]?(?<step>[0-9]+)(?![0-9.])",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)
    ]
    private static partial Regex Step();

    // How many tokens were seen by then: another number for each step.
    [GeneratedRegex(@"[-_]?tokens?[-_=]?[0-9]+(?:\.[0-9]+)?[KMBT]?|[-_]?[0-9]+(?:\.[0-9]+)?[KMBT]?[-_]?tokens?",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Tokens();
}
