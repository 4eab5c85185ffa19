using System.Security.Cryptography;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Checkpoints.Tokenizers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Reporting.Report;

/// <summary>The text of tokens in a report, by the tokenizer of the sweep's own models.</summary>
public static class SweepTokens
{
    /// <summary>Reads the tokenizer that lies beside the checkpoints of a folder. What comes over a network is not fetched for
    /// it.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="note">Told in one sentence why tokens stay numbers, where a tokenizer is there but cannot be used.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The text of a token's id; null where ids are to be shown: a report needs no tokenizer, so a missing or damaged one is no
    /// error.</returns>
    public static async Task<Func<int, string>?> LoadAsync(SweepSpec sweep, Action<string> note, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(note);
        if (!Directory.Exists(sweep.Source))
        {
            return null;
        }

        var tokenizers = new Dictionary<string, TextTokenizer>(StringComparer.Ordinal);
        foreach (var model in sweep.Models.Distinct())
        {
            if (await FindAsync(sweep, model, cancellationToken).ConfigureAwait(false) is not { } path)
            {
                continue;
            }

            try
            {
                var bytes = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
                tokenizers[Convert.ToHexString(SHA256.HashData(bytes))] = TextTokenizer.FromFile(path);
            }
            catch (Exception error) when (error is CheckpointFormatException or IOException or UnauthorizedAccessException)
            {
                note($"Tokens are shown as numbers where no other model's tokenizer names them: {error.Message}");
            }
        }

        if (tokenizers.Count > 1)
        {
            note("The models of this sweep have different tokenizers: tokens are shown as numbers.");
        }

        return tokenizers.Count == 1 ? id => TextOf(tokenizers.Values.Single(), id) : null;
    }

    // The models of a suite share one vocabulary, and all steps of a model have the same: the last one that is there will do.
    private static async Task<string?> FindAsync(SweepSpec sweep, string model, CancellationToken cancellationToken)
    {
        var source = new FolderSource(sweep.Source);
        foreach (var step in sweep.Steps.Reverse())
        {
            try
            {
                if ((await source.FetchAsync(new CheckpointId(model, step), cancellationToken).ConfigureAwait(false)).Tokenizer is { } path)
                {
                    return path;
                }
            }
            catch (Exception error) when (error is IOException or CheckpointFormatException or AccessDeniedException)
            {
                // This checkpoint is not there, or not whole; another one may be.
            }
        }

        return null;
    }

    private static string TextOf(TextTokenizer tokenizer, int id) => id < tokenizer.Count ? tokenizer.Decode([id]) : "";
}
