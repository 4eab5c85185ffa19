namespace PythiaOrleans.Core.Sweeps;

/// <summary>The token batch of a sweep: which content, and which part of it.</summary>
/// <param name="Kind"><see cref="DefaultText"/>, <see cref="Text"/> or <see cref="Ids"/>.</param>
/// <param name="Digest">SHA-256 of the content, its name in the store.</param>
/// <param name="Rows">Sequences.</param>
/// <param name="Length">Tokens of a sequence; shorter where a model's context is.</param>
/// <param name="Seed">0 takes the first rows, others choose among all that the content has.</param>
public sealed record BatchSpec(string Kind, string Digest, int Rows, int Length, int Seed)
{
    /// <summary>The text that comes with the product.</summary>
    public const string DefaultText = "default-text";

    /// <summary>A text, tokenized by each checkpoint's own tokenizer.</summary>
    public const string Text = "text";

    /// <summary>Token ids, uint32 in little-endian order.</summary>
    public const string Ids = "ids";

    /// <summary>Where the store keeps the content.</summary>
    public string Path => $"batches/{Digest}";
}
