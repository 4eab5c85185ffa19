using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Reads a few ranges of a revision's weights: the headers, 64 rows of the embedding, the norms of three blocks.</summary>
/// <param name="source">Where the revisions are.</param>
internal sealed class ProbeReader(IRevisionSource source)
{
    private const int HeaderGuess = 16 << 10; // of a model with a hundred tensors
    private const int LengthBytes = 8;
    private const long MaxHeader = 100_000_000;
    private const int EmbeddingRows = 64;
    private const int MaxEmbeddingValues = 3072;
    private const int MaxNormValues = 1024;
    private const int MaxNormBytes = 1 << 20;
    private const int MergedGap = 16 << 10; // one request costs more than these bytes

    private sealed record Part(string File, SafetensorsHeader.Entry Tensor, long Start, int Bytes, bool IsEmbedding);

    /// <summary>What the ranges say; <see cref="WeightProbe.Unread"/> of files that are not safetensors.</summary>
    public async Task<WeightProbe> ReadAsync(ModelEntry model, RevisionState state, CancellationToken cancellationToken)
    {
        if (!state.Weights.All(file => file.Name.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            return WeightProbe.Unread;
        }

        var tensors = new List<(string File, SafetensorsHeader.Entry Entry)>();
        try
        {
            foreach (var file in state.Weights)
            {
                var header = await ReadHeaderAsync(model, state.Revision, file, cancellationToken).ConfigureAwait(false);
                tensors.AddRange(header.Select(entry => (file.Name, entry)));
            }
        }
        catch (CheckpointFormatException error)
        {
            return WeightProbe.Unread with { Problem = error.Message };
        }

        var parts = Choose(model, tensors).ToArray();
        var bytes = await ReadPartsAsync(model, state.Revision, parts, cancellationToken).ConfigureAwait(false);
        return Describe(tensors, parts, bytes);
    }

    private async Task<IReadOnlyList<SafetensorsHeader.Entry>> ReadHeaderAsync(
        ModelEntry model, ModelRevision revision, RevisionFile file, CancellationToken cancellationToken)
    {
        var bytes = await source.ReadRangeAsync(
            model, revision, file.Name, 0, (int)Math.Min(HeaderGuess, file.Bytes), cancellationToken).ConfigureAwait(false);
        var length = bytes.Length < LengthBytes ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var whole = Math.Min(length, MaxHeader) + LengthBytes;
        if (whole > (ulong)bytes.Length && whole <= (ulong)file.Bytes && length <= MaxHeader)
        {
            var rest = await source.ReadRangeAsync(
                model, revision, file.Name, bytes.Length, (int)(whole - (ulong)bytes.Length), cancellationToken).ConfigureAwait(false);
            bytes = [.. bytes, .. rest];
        }

        return Parse(file, bytes);
    }

    // The reader of headers reads files, and compares the offsets with the length: a file with a hole for the weights has both.
    private static IReadOnlyList<SafetensorsHeader.Entry> Parse(RevisionFile file, byte[] start)
    {
        var folder = Directory.CreateTempSubdirectory("pythia-census-");
        var path = Path.Combine(folder.FullName, file.Name);
        try
        {
            using (var written = File.Create(path))
            {
                written.Write(start);
                written.SetLength(file.Bytes);
            }

            using var opened = new RandomAccessFile(path);
            return SafetensorsHeader.Read(opened);
        }
        catch (CheckpointFormatException error)
        {
            throw new CheckpointFormatException(
                file.Name, error.Place, error.Expected, error.Found, "The file is damaged, or its upload ended early.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<Part> Choose(ModelEntry model, List<(string File, SafetensorsHeader.Entry Entry)> tensors)
    {
        var named = Name(model, [.. tensors.Select(tensor => tensor.Entry)]);
        var byName = tensors.Where(tensor => tensor.Entry.DType.IsFloat())
            .ToDictionary(tensor => tensor.Entry.Name, StringComparer.Ordinal);
        var found = named.Where(pair => byName.ContainsKey(pair.Tensor)).ToArray();
        foreach (var embedding in found.Where(pair => pair.Role == ComponentRole.Embedding).Take(1))
        {
            var (file, entry) = byName[embedding.Tensor];
            var row = entry.Shape.Length == 2 ? entry.Shape[1] * entry.DType.Width() : 0;
            yield return new Part(file, entry, entry.Begin, (int)Math.Min(EmbeddingRows * row, entry.End - entry.Begin), true);
        }

        var blocks = found.Select(pair => pair.Block).OfType<int>().DefaultIfEmpty(0).Max() + 1;
        int?[] chosen = [null, 0, blocks / 2, blocks - 1];
        foreach (var norm in found.Where(pair => IsNorm(pair.Role) && chosen.Contains(pair.Block)))
        {
            var (file, entry) = byName[norm.Tensor];
            yield return new Part(file, entry, entry.Begin, (int)Math.Min(entry.End - entry.Begin, MaxNormBytes), false);
        }
    }

    private static bool IsNorm(ComponentRole role) => role is ComponentRole.EmbeddingNorm or ComponentRole.AttentionNorm
        or ComponentRole.MlpNorm or ComponentRole.MlpOutputNorm or ComponentRole.FinalNorm;

    // The family names the tensors; files may lack the family's prefix.
    private static IEnumerable<(string Tensor, ComponentRole Role, int? Block)> Name(
        ModelEntry model, IReadOnlyList<SafetensorsHeader.Entry> tensors)
    {
        var there = tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        IEnumerable<ExpectedTensor> expected = model.FindProblem() is null && ModelFamilies.IsKnown(model.Shape.ModelType)
            ? ModelFamilies.For(model.Shape).Expect(model.Shape)
            : GenericFamily.Describe(tensors.Select(tensor => (tensor.Name, (IReadOnlyList<long>)tensor.Shape)));
        var prefix = model.FindProblem() is null ? ModelFamilies.For(model.Shape).Prefix : "";
        foreach (var tensor in expected)
        {
            string?[] names = [tensor.TensorName, WithoutPrefix(tensor.TensorName, prefix), tensor.AlternativeName];
            if (Array.Find(names, name => name is not null && there.Contains(name)) is { } name)
            {
                yield return (name, Components.RoleOf(tensor.Weight.Component), tensor.Weight.Block);
            }
        }
    }

    private static string WithoutPrefix(string name, string prefix) =>
        prefix.Length > 0 && name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;

    // Neighbours in a file are read with one request.
    private async Task<Dictionary<Part, byte[]>> ReadPartsAsync(
        ModelEntry model, ModelRevision revision, Part[] parts, CancellationToken cancellationToken)
    {
        var read = new Dictionary<Part, byte[]>();
        foreach (var file in parts.GroupBy(part => part.File))
        {
            var open = new List<Part>();
            foreach (var part in file.OrderBy(part => part.Start))
            {
                if (open.Count > 0 && part.Start > open.Max(other => other.Start + other.Bytes) + MergedGap)
                {
                    await ReadRunAsync(model, revision, open, read, cancellationToken).ConfigureAwait(false);
                    open.Clear();
                }

                open.Add(part);
            }

            await ReadRunAsync(model, revision, open, read, cancellationToken).ConfigureAwait(false);
        }

        return read;
    }

    private async Task ReadRunAsync(
        ModelEntry model, ModelRevision revision, List<Part> run, Dictionary<Part, byte[]> read, CancellationToken cancellationToken)
    {
        var start = run.Min(part => part.Start);
        var count = checked((int)(run.Max(part => part.Start + part.Bytes) - start));
        var bytes = await source.ReadRangeAsync(model, revision, run[0].File, start, count, cancellationToken).ConfigureAwait(false);
        if (bytes.Length < count)
        {
            throw new IOException($"{model.Name}, {revision.Name}, {run[0].File}: asked for {count} bytes from {start}, got "
                + $"{bytes.Length}. The file changed meanwhile: take the census again.");
        }

        foreach (var part in run)
        {
            read[part] = bytes[(int)(part.Start - start)..(int)(part.Start - start + part.Bytes)];
        }
    }

    private static WeightProbe Describe(
        List<(string File, SafetensorsHeader.Entry Entry)> tensors, Part[] parts, Dictionary<Part, byte[]> bytes)
    {
        var ordered = tensors.Select(tensor => tensor.Entry).OrderBy(entry => entry.Name, StringComparer.Ordinal).ToArray();
        var names = string.Join('\n', ordered.Select(entry => $"{entry.Name} {string.Join(',', entry.Shape)}"));
        var embedding = Thin(parts.Where(part => part.IsEmbedding), bytes, MaxEmbeddingValues);
        var norms = Thin(parts.Where(part => !part.IsEmbedding), bytes, MaxNormValues);
        return new WeightProbe(
            null,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(names))),
            string.Join(", ", ordered.Select(entry => entry.DType.Spelling()).Distinct().Order(StringComparer.Ordinal)),
            ordered.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size)),
            embedding.Length,
            MemoryMarshal.AsBytes<float>([.. embedding, .. norms]).ToArray());
    }

    // Every so many-th value, so that a state stays small.
    private static float[] Thin(IEnumerable<Part> parts, Dictionary<Part, byte[]> bytes, int max)
    {
        float[] all = [.. parts.SelectMany(part => FloatDecoder.Decode(part.Tensor.DType, bytes[part]))];
        var every = Math.Max(1, (all.Length + max - 1) / max);
        return [.. all.Where((_, i) => i % every == 0)];
    }
}
