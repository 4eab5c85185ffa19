using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Tokenizers;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses.Tokens;

/// <summary>
/// The tokens on which activations and gradients are measured: a part of a text or of a file of ids, the same for every checkpoint.
/// </summary>
/// <param name="spec">Which part.</param>
/// <param name="content">The text in UTF-8, or uint32 ids.</param>
public sealed class TokenBatch(BatchSpec spec, byte[] content)
{
    private const int DefaultRows = 8;
    private const int DefaultLength = 512;

    // Loading a vocabulary of 50,000 takes longer than a small model's forward pass: each file once.
    private static readonly ConcurrentDictionary<string, TextTokenizer> Tokenizers = new(StringComparer.Ordinal);
    private static readonly byte[] DefaultText = ReadDefaultText();

    private readonly ConcurrentDictionary<string, int[]> _ids = new(StringComparer.Ordinal);

    /// <summary>8 rows of 512 tokens of the text that comes with the product.</summary>
    public static TokenBatch Default { get; } =
        new(new BatchSpec(BatchSpec.DefaultText, Convert.ToHexStringLower(SHA256.HashData(DefaultText)), DefaultRows, DefaultLength, 0),
            DefaultText);

    /// <summary>The batch of a spec without its content, for what only names it; null is the default one.</summary>
    public static TokenBatch Describe(BatchSpec? spec) =>
        spec is null ? Default : new TokenBatch(spec, spec.Kind == BatchSpec.DefaultText ? DefaultText : []);

    /// <summary>A batch of these ids, row after row.</summary>
    public static TokenBatch OfIds(int[] ids, int rows, int length)
    {
        var content = MemoryMarshal.AsBytes(ids.AsSpan()).ToArray();
        return new TokenBatch(new BatchSpec(BatchSpec.Ids, Convert.ToHexStringLower(SHA256.HashData(content)), rows, length, 0), content);
    }

    /// <summary>The default text in other rows.</summary>
    public static BatchSpec OfDefaultText(int rows, int length, int seed) =>
        Default.Spec with { Rows = rows, Length = length, Seed = seed };

    /// <summary>Which part of which content.</summary>
    public BatchSpec Spec { get; } = spec;

    /// <summary>What enters the fingerprint of an analysis that reads the batch.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["batch"] = $"{spec.Kind}:{spec.Digest}",
        ["rows"] = spec.Rows.ToString(CultureInfo.InvariantCulture),
        ["length"] = spec.Length.ToString(CultureInfo.InvariantCulture),
        ["seed"] = spec.Seed.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The rows for one checkpoint, each of one length, which its context bounds.</summary>
    /// <exception cref="CheckpointFormatException">There is no tokenizer, the content is too short, or an id is outside the
    /// vocabulary.</exception>
    public long[][] RowsFor(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var ids = IdsFor(checkpoint);
        var length = Math.Min(Spec.Length, checkpoint.Shape.ContextLength);
        var there = ids.Length / length;
        if (there < Spec.Rows)
        {
            throw new CheckpointFormatException(
                $"batch {Spec.Digest[..12]}", "content", $"{Spec.Rows} rows of {length} tokens", $"{ids.Length} tokens",
                "Give a longer file with --batch, or fewer rows with --batch-rows.");
        }

        var outside = Array.FindIndex(ids, id => id < 0 || id >= checkpoint.Shape.VocabularyRows);
        return outside >= 0
            ? throw new CheckpointFormatException(
                $"batch {Spec.Digest[..12]}", $"token {outside}", $"an id below the vocabulary's {checkpoint.Shape.VocabularyRows} rows",
                $"{ids[outside]}",
                "Give ids of this model's own tokenizer.")
            : [.. Choose(there).Select(row => ids.AsSpan(row * length, length).ToArray().Select(id => (long)id).ToArray())];
    }

    /// <summary>
    /// All ids of the text that the rows are taken from, as the checkpoint reads it; one array for all that read it alike.
    /// </summary>
    /// <exception cref="CheckpointFormatException">There is no tokenizer.</exception>
    internal int[] IdsFor(Checkpoint checkpoint) => Spec.Kind == BatchSpec.Ids
        ? _ids.GetOrAdd("", _ => MemoryMarshal.Cast<byte, int>(content).ToArray())
        : Tokenize(checkpoint);

    /// <summary>A checkpoint's own tokenizer.</summary>
    /// <exception cref="CheckpointFormatException">There is none, or it is of another kind.</exception>
    internal static TextTokenizer TokenizerOf(Checkpoint checkpoint)
    {
        var path = PathOf(checkpoint);
        return Load(path, DigestOf(path));
    }

    private static TextTokenizer Load(string path, string digest) => Tokenizers.GetOrAdd(digest, _ => TextTokenizer.FromFile(path));

    private static byte[] ReadDefaultText()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("PythiaOrleans.Analyses.Tokens.default-text.txt")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private IEnumerable<int> Choose(int there)
    {
        var rows = Enumerable.Range(0, there).ToArray();
        if (Spec.Seed != 0)
        {
            new Random(Spec.Seed).Shuffle(rows);
        }

        return rows.Take(Spec.Rows);
    }

    private int[] Tokenize(Checkpoint checkpoint)
    {
        var path = PathOf(checkpoint);
        var digest = DigestOf(path);
        return _ids.GetOrAdd(digest, _ => [.. Load(path, digest).Encode(Encoding.UTF8.GetString(content))]);
    }

    private static string PathOf(Checkpoint checkpoint) => checkpoint.Tokenizer ?? throw new CheckpointFormatException(
        $"checkpoint {checkpoint.Id}", "tokenizer.json", "a tokenizer beside the weights, to read the batch's text", "none",
        "Put the model's tokenizer.json there, give token ids with --batch, "
                + "or leave out the analyses that run the model with --analyses.");

    private static string DigestOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
