namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>
/// Cuts the tokens that were added to a vocabulary out of a text, the longest at the leftmost place first, before anything else looks at
/// it.
/// </summary>
/// <remarks>
/// Those that are not normalized are looked for in the text as it is, the others in the pieces between them after normalization.
/// </remarks>
internal sealed class AddedTokens(IReadOnlyList<AddedToken> tokens)
{
    private readonly ILookup<char, AddedToken> _raw = ByFirst(tokens.Where(token => !token.Normalized));
    private readonly ILookup<char, AddedToken> _normalized = ByFirst(tokens.Where(token => token.Normalized));

    /// <summary>The pieces of a text: an added token's id, or normalized text for the merges.</summary>
    /// <param name="text">The text.</param>
    /// <param name="nfc">Whether the pieces are brought into Unicode's normal form C.</param>
    public IEnumerable<(int? Id, string Text)> Cut(string text, bool nfc) =>
        from piece in Cut(text, _raw)
        from part in piece.Id is not null ? [piece] : Cut(nfc ? CanonicalForm.Normalize(piece.Text) : piece.Text, _normalized)
        select part;

    private static ILookup<char, AddedToken> ByFirst(IEnumerable<AddedToken> tokens) =>
        tokens.OrderByDescending(token => token.Content.Length).ToLookup(token => token.Content[0]);

    private static IEnumerable<(int? Id, string Text)> Cut(string text, ILookup<char, AddedToken> tokens)
    {
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            var found = tokens[text[at]]
                .FirstOrDefault(token => string.CompareOrdinal(text, at, token.Content, 0, token.Content.Length) == 0);
            if (found is null)
            {
                at++;
                continue;
            }

            if (at > start)
            {
                yield return (null, text[start..at]);
            }

            yield return (found.Id, found.Content);
            start = at += found.Content.Length;
        }

        if (start < text.Length)
        {
            yield return (null, text[start..]);
        }
    }
}

/// <summary>A token beside the merges: a special one, or a run of spaces.</summary>
internal sealed record AddedToken(int Id, string Content, bool Normalized);
