using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>
/// Reads a few ranges of a revision's weights: what describes the tensors, 64 rows of the embedding, the norms of three blocks.
/// </summary>
/// <param name="source">Where the revisions are.</param>
internal sealed class ProbeReader(IRevisionSource source)
{
    private const int HeaderGuess = 16 << 10; // of a model with a hundred tensors
    private const int ArchiveGuess = 32 << 10; // of its pickle, and of its directory
    private const int EmbeddingRows = 64;
    private const int MaxEmbeddingValues = 3072;
    private const int MaxNormValues = 1024;
    private const int MaxNormBytes = 1 << 20;
    private const int MergedGap = 16 << 10; // one request costs more than these bytes

    private sealed record Part(ProbedTensor Tensor, int Bytes, bool IsEmbedding)
    {
        public long Start => Tensor.Begin;

        public int ToFetch => Tensor.ToFetch(Bytes);
    }

    /// <summary>
    /// What the ranges say; <see cref="WeightProbe.Unread"/> of files that PyTorch wrote before it wrote zip archives.
    /// </summary>
    public async Task<WeightProbe> ReadAsync(ModelEntry model, RevisionState state, CancellationToken cancellationToken)
    {
        var tensors = new List<ProbedTensor>();
        try
        {
            foreach (var file in state.Weights)
            {
                Task<byte[]> ReadAsync(long start, int count) =>
                    source.ReadRangeAsync(model, state.Revision, file.Name, start, count, cancellationToken);
                var found = file.Name.EndsWith(".safetensors", StringComparison.Ordinal)
                    ? await SafetensorsProbe.ReadAsync(file, ReadAsync, HeaderGuess).ConfigureAwait(false)
                    : await TorchProbe.ReadAsync(file, ReadAsync, ArchiveGuess).ConfigureAwait(false);
                if (found is null)
                {
                    return WeightProbe.Unread;
                }

                tensors.AddRange(found);
            }

            var parts = Choose(model, tensors).ToArray();
            return Describe(tensors, parts, await ReadPartsAsync(model, state.Revision, parts, cancellationToken).ConfigureAwait(false));
        }
        catch (CheckpointFormatException error)
        {
            return WeightProbe.Unread with { Problem = error.Message };
        }
    }

    private static IEnumerable<Part> Choose(ModelEntry model, List<ProbedTensor> tensors)
    {
        var byName = tensors.Where(tensor => tensor.DType.IsFloat() && tensor.Bytes > 0)
            .ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var found = Name(model, tensors).Where(pair => byName.ContainsKey(pair.Tensor)).ToArray();
        foreach (var embedding in found.Where(pair => pair.Role == ComponentRole.Embedding).Take(1))
        {
            var tensor = byName[embedding.Tensor];
            var row = tensor.Shape.Length == 2 ? tensor.Shape[1] * tensor.DType.Width() : 0;
            yield return new Part(tensor, (int)Math.Min(EmbeddingRows * row, tensor.Bytes), true);
        }

        var blocks = found.Select(pair => pair.Block).OfType<int>().DefaultIfEmpty(0).Max() + 1;
        int?[] chosen = [null, 0, blocks / 2, blocks - 1];
        foreach (var norm in found.Where(pair => IsNorm(pair.Role) && chosen.Contains(pair.Block)))
        {
            var tensor = byName[norm.Tensor];
            yield return new Part(tensor, (int)Math.Min(tensor.Bytes, MaxNormBytes), false);
        }
    }

    private static bool IsNorm(ComponentRole role) => role is ComponentRole.EmbeddingNorm or ComponentRole.AttentionNorm
        or ComponentRole.MlpNorm or ComponentRole.MlpOutputNorm or ComponentRole.FinalNorm;

    // The family names the tensors; files may lack the family's prefix.
    private static IEnumerable<(string Tensor, ComponentRole Role, int? Block)> Name(
        ModelEntry model, IReadOnlyList<ProbedTensor> tensors)
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
        foreach (var file in parts.GroupBy(part => part.Tensor.File.Name))
        {
            var open = new List<Part>();
            foreach (var part in file.OrderBy(part => part.Start))
            {
                if (open.Count > 0 && part.Start > open.Max(other => other.Start + other.ToFetch) + MergedGap)
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
        var count = checked((int)(run.Max(part => part.Start + part.ToFetch) - start));
        var file = run[0].Tensor.File.Name;
        var bytes = await source.ReadRangeAsync(model, revision, file, start, count, cancellationToken).ConfigureAwait(false);
        if (bytes.Length < count)
        {
            throw new IOException($"{model.Name}, {revision.Name}, {file}: asked for {count} bytes from {start}, got "
                + $"{bytes.Length}. The file changed meanwhile: take the census again.");
        }

        foreach (var part in run)
        {
            var fetched = bytes.AsSpan((int)(part.Start - start), part.ToFetch);
            read[part] = part.Tensor.First(part.Bytes, fetched).ToArray();
        }
    }

    private static WeightProbe Describe(
        List<ProbedTensor> tensors, Part[] parts, Dictionary<Part, byte[]> bytes)
    {
        var ordered = tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToArray();
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
