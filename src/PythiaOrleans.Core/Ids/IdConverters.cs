using System.Text.Json;
using System.Text.Json.Serialization;

namespace PythiaOrleans.Core.Ids;

/// <summary>Ids in JSON: the one spelling that also serves as grain key, folder and log field.</summary>
public static class IdConverters
{
    /// <summary>For checkpoints, analyses and keys of results. A key is only written.</summary>
    public static IReadOnlyList<JsonConverter> All { get; } =
    [
        new Printed<CheckpointId>(CheckpointId.Parse),
        new Printed<AnalysisId>(AnalysisId.Parse),
        new Printed<ResultKey>(_ => throw new NotSupportedException("Keys of results are only written.")),
    ];

    /// <summary>Adds them to options.</summary>
    public static JsonSerializerOptions WithIds(this JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (var converter in All)
        {
            options.Converters.Add(converter);
        }

        return options;
    }

    private sealed class Printed<T>(Func<string, T> parse) : JsonConverter<T>
        where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
