using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Writes the bad revisions of a census as a catalog file: <c>{"known_bad": {"pythia-2.8b": {"1000": "why"}}}</c>.</summary>
public static class KnownBadFile
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // a file, not a page: apostrophes stay readable
    };

    /// <summary>Writes the file.</summary>
    /// <param name="census">The census.</param>
    /// <param name="file">The file; its folder is made where there is none.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    public static async Task WriteAsync(SuiteCensus census, string file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(census);
        var document = new Dictionary<string, object>
        {
            ["known_bad"] = census.KnownBad.ToDictionary(
                model => model.Key,
                model => model.Value.OrderBy(bad => bad.Key)
                    .ToDictionary(bad => bad.Key.ToString(CultureInfo.InvariantCulture), bad => bad.Value)),
        };
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        await File.WriteAllBytesAsync(file, JsonSerializer.SerializeToUtf8Bytes(document, Format), cancellationToken).ConfigureAwait(false);
    }
}
