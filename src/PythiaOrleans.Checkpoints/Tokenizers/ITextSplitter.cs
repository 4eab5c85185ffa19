namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>Cuts a text into the pieces within which tokens are merged: one step of a tokenizer's <c>pre_tokenizer</c>.</summary>
internal interface ITextSplitter
{
    /// <summary>The pieces in order; what no piece covers is dropped.</summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">A pattern of the tokenizer's file takes too long on this
    /// text.</exception>
    IEnumerable<(int Offset, int Length)> Split(string text);
}
