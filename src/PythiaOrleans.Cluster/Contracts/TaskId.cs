using System.Globalization;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>The unit of dispatch: one shard's analyses that run together on one device.</summary>
/// <param name="Sweep">The sweep that asked for it.</param>
/// <param name="Checkpoint">The shard's checkpoint.</param>
/// <param name="Part">0 for the whole shard; from 1 where its analyses were divided among several slots.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-id")]
public readonly record struct TaskId([property: Id(0)] string Sweep, [property: Id(1)] CheckpointId Checkpoint,
    [property: Id(2)] int Part = 0)
{
    private const char BeforePart = '#'; // no sweep and no model may have it in its name

    /// <summary>The shard that the task belongs to.</summary>
    internal TaskId Whole => this with { Part = 0 };

    /// <summary>Reads what <see cref="ToString"/> prints.</summary>
    /// <exception cref="FormatException">The text is not <c>sweep/model@stepN</c> or <c>sweep/model@stepN#P</c> with P at least
    /// 1.</exception>
    public static TaskId Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (slash, hash) = (text.IndexOf('/', StringComparison.Ordinal), text.IndexOf(BeforePart, StringComparison.Ordinal));
        var part = 0;
        if (slash > 0 && Identifier.IsValid(text[..slash])
            && (hash < 0 || (int.TryParse(text.AsSpan(hash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out part) && part > 0)))
        {
            return new TaskId(text[..slash], CheckpointId.Parse(text[(slash + 1)..(hash < 0 ? text.Length : hash)]), part);
        }

        throw new FormatException(
            $"'{text}' names no task: expected sweep/model@stepN, for example all/pythia-160m@step3000, with #1 behind it for a part.");
    }

    /// <summary><c>sweep/model@stepN</c>, and <c>#1</c> behind it for a part.</summary>
    public override string ToString() => Part == 0 ? $"{Sweep}/{Checkpoint}"
        : string.Create(CultureInfo.InvariantCulture, $"{Sweep}/{Checkpoint}{BeforePart}{Part}");
}
