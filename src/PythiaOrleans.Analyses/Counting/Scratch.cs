using System.Buffers;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>Memory for a part of a tensor, used again and again: a task's memory does not grow with its files.</summary>
/// <typeparam name="T">The elements' type.</typeparam>
/// <param name="length">How many elements.</param>
internal readonly struct Scratch<T>(int length) : IDisposable
    where T : unmanaged
{
    private readonly T[] _array = ArrayPool<T>.Shared.Rent(length);

    /// <summary>The first elements, whatever they held before.</summary>
    public Span<T> First(int count) => _array.AsSpan(0, count);

    public void Dispose() => ArrayPool<T>.Shared.Return(_array);
}
