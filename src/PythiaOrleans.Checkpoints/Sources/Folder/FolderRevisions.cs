using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>
/// What a folder tells of a model's revisions: its step folders, and of their files the lengths and a sample of the bytes.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="stepPattern">How step folders are named; null takes the usual names.</param>
internal sealed class FolderRevisions(string root, string? stepPattern) : IRevisionSource
{
    private readonly StepNames _steps = new(stepPattern);

    /// <inheritdoc />
    public Task<IReadOnlyList<ModelRevision>> ListRevisionsAsync(ModelEntry model, CancellationToken cancellationToken)
    {
        var folder = FolderOf(model);
        return Task.FromResult<IReadOnlyList<ModelRevision>>(
            [.. _steps.ListSteps(folder).Select(step => new ModelRevision(step.Value, step.Key, Version(folder, step.Value)))]);
    }

    /// <inheritdoc />
    public Task<IReadOnlyList<RevisionFile>?> ListFilesAsync(
        ModelEntry model, ModelRevision revision, CancellationToken cancellationToken) =>
        Task.Run(() => ListFiles(model, revision), cancellationToken);

    /// <inheritdoc />
    public Task<byte[]> ReadRangeAsync(
        ModelEntry model, ModelRevision revision, string file, long start, int count, CancellationToken cancellationToken) =>
        Task.Run(() => ReadRange(model, revision, file, start, count), cancellationToken);

    private IReadOnlyList<RevisionFile>? ListFiles(ModelEntry model, ModelRevision revision)
    {
        var folder = new DirectoryInfo(Path.Combine(FolderOf(model), revision.Name));
        return folder.Exists
            ? [.. folder.EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal).Select(Describe)]
            : null;
    }

    private byte[] ReadRange(ModelEntry model, ModelRevision revision, string file, long start, int count)
    {
        using var opened = RegularFile.Open(Path.Combine(FolderOf(model), revision.Name, file));
        var bytes = new byte[count];
        var read = 0;
        while (read < count && RandomAccess.Read(opened, bytes.AsSpan(read), start + read) is var more and > 0)
        {
            read += more;
        }

        return read == count ? bytes : bytes[..read];
    }

    // A file that cannot be looked at has no sign; what is wrong with it, its own task says.
    private static RevisionFile Describe(FileInfo file)
    {
        try
        {
            using var sample = new WeightSample();
            sample.AddFile(file.FullName);
            return new RevisionFile(file.Name, RegularFile.LengthOf(file.FullName), WeightSample.Prefix + sample.Finish());
        }
        catch (Exception error) when (error is CheckpointFormatException or AccessDeniedException or IOException)
        {
            return new RevisionFile(file.Name, 0, null);
        }
    }

    private static string Version(string model, string step)
    {
        var lines = new DirectoryInfo(Path.Combine(model, step)).EnumerateFiles()
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.Name} {LengthOf(file)} {file.LastWriteTimeUtc.Ticks}"))
            .Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    // Of a link the length of what it leads to; of a broken one none.
    private static long LengthOf(FileInfo file) => file.ResolveLinkTarget(returnFinalTarget: true) is { } target
        ? target is FileInfo { Exists: true } real ? real.Length : -1
        : file.Length;

    private string FolderOf(ModelEntry model) => Path.Combine(root, ModelFolderName.FromModel(model.Name));
}
