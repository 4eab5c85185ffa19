using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>One result file of lm-evaluation-harness, of any version: <c>results.{task}.{metric}</c> and <c>{metric}_stderr</c>.</summary>
/// <remarks>
/// Since version 0.4 a filter stands behind the metric, <c>acc,none</c> and <c>acc_stderr,none</c>; numbers of examples are in
/// <c>n-shot</c>, and before it in <c>config.num_fewshot</c>. The model is <c>pretrained</c> among <c>config.model_args</c>, a text or an
/// object; the checkpoint is <c>revision</c>.
/// </remarks>
public sealed partial class HarnessFile
{
    private const string ErrorEnding = "_stderr";

    private HarnessFile(string path, string? pretrained, string? revision, IReadOnlyList<HarnessScore> scores)
    {
        Path = path;
        Pretrained = pretrained;
        Revision = revision;
        Scores = scores;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The model as the harness was told: <c>EleutherAI/pythia-70m</c>; null where the file does not say.</summary>
    public string? Pretrained { get; }

    /// <summary>The revision: <c>step3000</c>; null where the file does not say.</summary>
    public string? Revision { get; }

    /// <summary>Every number.</summary>
    public IReadOnlyList<HarnessScore> Scores { get; }

    /// <summary>Reads a file.</summary>
    /// <returns>Null where the file is some other JSON, without <c>results</c>.</returns>
    /// <exception cref="InvalidDataException">The file is no JSON, or its results are none; the message names file and place.</exception>
    public static HarnessFile? TryRead(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { AllowTrailingCommas = true });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("results", out var results))
            {
                return null;
            }

            if (results.ValueKind != JsonValueKind.Object)
            {
                throw Wrong(path, "results", "an object of tasks", results.ValueKind.ToString());
            }

            var (pretrained, revision) = ReadModel(root);
            return new HarnessFile(
                path, pretrained, revision, [.. results.EnumerateObject().SelectMany(task => ReadTask(path, root, task))]);
        }
        catch (JsonException error)
        {
            throw Wrong(path, $"line {error.LineNumber + 1}", "JSON as lm-evaluation-harness writes it", error.Message);
        }
    }

    private static IEnumerable<HarnessScore> ReadTask(string path, JsonElement root, JsonProperty task)
    {
        if (task.Value.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(path, $"results.{task.Name}", "an object of metrics", task.Value.ValueKind.ToString());
        }

        var shots = ReadShots(root, task.Name);
        foreach (var number in task.Value.EnumerateObject().Where(field => field.Value.ValueKind == JsonValueKind.Number))
        {
            var comma = number.Name.IndexOf(',', StringComparison.Ordinal);
            var (metric, filter) = comma < 0 ? (number.Name, "none") : (number.Name[..comma], number.Name[(comma + 1)..]);
            if (metric.EndsWith(ErrorEnding, StringComparison.Ordinal) || metric is "sample_len" or "sample_count")
            {
                continue;
            }

            var error = task.Value.TryGetProperty(metric + ErrorEnding + (comma < 0 ? "" : $",{filter}"), out var stated)
                && stated.ValueKind == JsonValueKind.Number ? stated.GetDouble() : (double?)null; // 0.4 writes "N/A"
            yield return new HarnessScore(
                task.Name, filter == "none" ? metric : $"{metric},{filter}", shots, number.Value.GetDouble(), error);
        }
    }

    private static int ReadShots(JsonElement root, string task)
    {
        if (root.TryGetProperty("n-shot", out var shots) && shots.ValueKind == JsonValueKind.Object
            && shots.TryGetProperty(task, out var own) && own.TryGetInt32(out var count))
        {
            return count;
        }

        return root.TryGetProperty("config", out var config) && config.ValueKind == JsonValueKind.Object
            && config.TryGetProperty("num_fewshot", out var common) && common.ValueKind == JsonValueKind.Number ? common.GetInt32() : 0;
    }

    private static (string? Pretrained, string? Revision) ReadModel(JsonElement root)
    {
        var named = root.TryGetProperty("model_name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
        if (!root.TryGetProperty("config", out var config) || config.ValueKind != JsonValueKind.Object
            || !config.TryGetProperty("model_args", out var arguments))
        {
            return (named, null);
        }

        return arguments.ValueKind switch
        {
            JsonValueKind.Object => (Text(arguments, "pretrained") ?? named, Text(arguments, "revision")),
            JsonValueKind.String => (
                Find(arguments.GetString()!, "pretrained") ?? named, Find(arguments.GetString()!, "revision")),
            _ => (named, null),
        };
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // pretrained=EleutherAI/pythia-70m,revision=step3000
    private static string? Find(string arguments, string name) => Argument().Matches(arguments)
        .Where(match => match.Groups["name"].Value == name)
        .Select(match => match.Groups["value"].Value).FirstOrDefault();

    private static InvalidDataException Wrong(string path, string place, string expected, string found) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{path}: {place}: expected {expected}, found {found} Write the results again with --output_path, or leave the file out."));

    [GeneratedRegex(@"(?<name>[A-Za-z_]+)=(?<value>[^,]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Argument();
}
