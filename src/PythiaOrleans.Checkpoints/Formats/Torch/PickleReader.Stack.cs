namespace PythiaOrleans.Checkpoints.Formats.Torch;

// The machine's stack, marks and memo. Whatever is allocated is charged to the budget first.
internal ref partial struct PickleReader
{
    private T New<T>()
        where T : new()
    {
        Charge(2 * ObjectBytes);
        return new T();
    }

    private void Push(object? value)
    {
        Charge(ItemBytes + ItemBytes); // the slot, and the box of a number
        _stack.Add(value);
    }

    private object? Pop() => Pop(1)[0];

    private object?[] Pop(int count)
    {
        if (_stack.Count - count < (_marks.Count > 0 ? _marks[^1] : 0))
        {
            throw Wrong("something on the stack", "nothing");
        }

        Charge(ItemBytes + (8L * count));
        var popped = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return popped;
    }

    private object?[] PopMarked()
    {
        if (_marks.Count == 0)
        {
            throw Wrong("a mark on the stack", "none");
        }

        var popped = Pop(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return popped;
    }

    private readonly object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Wrong("something on the stack", "nothing");

    private void Append(object? list, object?[] items)
    {
        Charge((long)ItemBytes * items.Length);
        (list as PickleList ?? throw Wrong("a list to append to", "something else")).Items.AddRange(items);
    }

    private void Set(object? dictionary, object?[] pairs)
    {
        if (dictionary is not PickleDictionary target || pairs.Length % 2 != 0)
        {
            throw Wrong("pairs of key and value for a dictionary", "something else");
        }

        Charge(ItemBytes * (1L + pairs.Length));
        for (var i = 0; i < pairs.Length; i += 2)
        {
            target.Items.Add((pairs[i], pairs[i + 1]));
        }
    }

    private void Put(long key)
    {
        Charge(MemoBytes);
        _memo[key] = Peek();
    }

    private readonly object? Get(long key) => _memo.TryGetValue(key, out var value)
        ? value
        : throw Wrong("a value that was remembered", $"key {key}, never seen");

    private void Charge(long bytes)
    {
        _left -= bytes;
        if (_left < 0)
        {
            throw Wrong("the description of some thousand tensors", $"one that would need more than {Budget >> 20} MB");
        }
    }
}
