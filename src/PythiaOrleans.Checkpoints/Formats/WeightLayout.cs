using System.IO.Enumeration;
using System.Text.Json;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Formats;

/// <summary>One of the ways in which a checkpoint's folder names its weight files: whole, or in shards with or without an index.</summary>
/// <param name="Whole">The name of the only file: <c>model.safetensors</c>.</param>
/// <param name="Shards">The pattern of the shards' names: <c>model-*-of-*.safetensors</c>.</param>
internal sealed record WeightLayout(string Whole, string Shards)
{
    // An index of a thousand shards has some 100,000 tensors.
    private const int MaxIndexBytes = 64 << 20;
    private const int MaxQuoted = 8;

    private const string Advice = "Fetch the missing files, or the index, again.";

    /// <summary>Every layout that can be read, the preferred one first: safetensors need no interpreter of pickles.</summary>
    public static IReadOnlyList<WeightLayout> All { get; } =
    [
        new("model.safetensors", "model-*-of-*.safetensors"),
        new("pytorch_model.bin", "pytorch_model-*-of-*.bin"),
    ];

    /// <summary>What a folder of this layout holds, for messages.</summary>
    public override string ToString() => $"{Whole} or {Shards}";

    /// <summary>The preferred layout among a list of files that is not on this disk; null where there is none.</summary>
    public static WeightLayout? Find(IEnumerable<string> names)
    {
        var all = names.ToList();
        return All.FirstOrDefault(layout => all.Exists(layout.IsWeight));
    }

    /// <summary>
    /// The preferred layout of which a folder holds weights; else one of which it holds only the index; null where there is neither.
    /// </summary>
    public static WeightLayout? In(string folder) => !Directory.Exists(folder)
        ? null
        : All.FirstOrDefault(layout => layout.Present(folder) is { Length: > 0 })
            ?? All.FirstOrDefault(layout => layout.Present(folder) is not null);

    /// <summary>Whether a file of that name holds weights.</summary>
    public bool IsWeight(string name) => name == Whole || FileSystemName.MatchesSimpleExpression(Shards, name, ignoreCase: false);

    private string Index => $"{Whole}.index.json";

    /// <summary>Whether a file of this name belongs to the layout: weights or their index.</summary>
    public bool Owns(string file) =>
        file == Whole || file == Index || FileSystemName.MatchesSimpleExpression(Shards, file, ignoreCase: false);

    /// <summary>The weight files that are there, complete or not; null where nothing of this layout is.</summary>
    public string[]? Present(string folder)
    {
        var whole = Path.Combine(folder, Whole);
        string[] files = File.Exists(whole) ? [whole] : [.. Directory.EnumerateFiles(folder, Shards).Order(StringComparer.Ordinal)];
        return files.Length > 0 || File.Exists(Path.Combine(folder, Index)) ? files : null;
    }

    /// <summary>The weight files, all of them.</summary>
    /// <exception cref="CheckpointFormatException">One is missing, or the index is damaged.</exception>
    public string[] Complete(string folder)
    {
        var present = Present(folder) ?? [];
        var index = Path.Combine(folder, Index);
        if (present is [var only] && Path.GetFileName(only) == Whole)
        {
            return present;
        }

        if (!File.Exists(index))
        {
            CheckCount(folder, present);
            return present;
        }

        string[] listed = [.. ReadIndex(index).Select(name => Path.Combine(folder, name))];
        var missing = listed.Where(file => !File.Exists(file)).Select(file => Path.GetFileName(file)).ToArray();
        return missing.Length == 0
            ? listed
            : throw new CheckpointFormatException(
                index,
                "weight_map",
                $"{listed.Length} files beside it",
                $"{listed.Length - missing.Length}, without {Quote(missing)} (the folder holds {Quote(ListNames(folder))})",
                "Fetch the missing files, or the index that belongs to those that are there.");
    }

    private static string[] ListNames(string folder) =>
        [.. Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    private static string Quote(string[] names) => names.Length <= MaxQuoted
        ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(MaxQuoted))} and {names.Length - MaxQuoted} more";

    private static SortedSet<string> ReadIndex(string index)
    {
        try
        {
            using var document = JsonDocument.Parse(JsonFile.Read(index, MaxIndexBytes));
            if (document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("weight_map", out var map) && map.ValueKind == JsonValueKind.Object)
            {
                // A name that is a path would let the index make us open any file of this machine.
                var names = new SortedSet<string>(map.EnumerateObject().Select(entry => entry.Value.ToString()), StringComparer.Ordinal);
                return names.Count > 0 && names.All(Identifier.IsValid)
                    ? names
                    : throw new CheckpointFormatException(
                        index,
                        "weight_map",
                        "names of files beside the index",
                        $"'{names.FirstOrDefault(name => !Identifier.IsValid(name))}'",
                        Advice);
            }

            throw new CheckpointFormatException(index, "weight_map", "an object of file names by tensor", "none", Advice);
        }
        catch (JsonException error)
        {
            throw new CheckpointFormatException(index, $"line {error.LineNumber + 1}", "JSON", JsonFile.Describe(error), Advice);
        }
        catch (InvalidOperationException error)
        {
            throw new CheckpointFormatException(index, "weight_map", "UTF-8 text", error.Message, Advice);
        }
    }

    // Shards are named model-00001-of-00003: with one of them missing the parameters in it would only look absent.
    private void CheckCount(string folder, string[] files)
    {
        var name = files.Length > 0 ? Path.GetFileNameWithoutExtension(files[0]) : "";
        var of = name.LastIndexOf("-of-", StringComparison.Ordinal);
        if (of >= 0 && int.TryParse(name.AsSpan(of + "-of-".Length), out var count) && count != files.Length)
        {
            throw new CheckpointFormatException(
                folder, Shards, $"{count} files", $"{files.Length}: {Quote([.. files.Select(file => Path.GetFileName(file))])}", Advice);
        }
    }
}
