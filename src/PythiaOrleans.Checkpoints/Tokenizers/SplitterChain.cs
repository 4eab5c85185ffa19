namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>Several splitters, each on the pieces of the one before.</summary>
/// <param name="splitters">In order; none leaves the text whole.</param>
internal sealed class SplitterChain(IReadOnlyList<ITextSplitter> splitters) : ITextSplitter
{
    /// <inheritdoc />
    public IEnumerable<(int Offset, int Length)> Split(string text) => Split(text, 0);

    private IEnumerable<(int Offset, int Length)> Split(string text, int from)
    {
        if (from == splitters.Count)
        {
            return text.Length == 0 ? [] : [(0, text.Length)];
        }

        return from == splitters.Count - 1
            ? splitters[from].Split(text)
            : splitters[from].Split(text).SelectMany(
                piece => Split(text.Substring(piece.Offset, piece.Length), from + 1),
                (piece, part) => (piece.Offset + part.Offset, part.Length));
    }
}
