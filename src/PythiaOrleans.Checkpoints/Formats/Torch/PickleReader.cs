using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace PythiaOrleans.Checkpoints.Formats.Torch;

/// <summary>
/// Reads the part of Python's pickle language that a state dict needs, as data: nothing is imported, constructed or called.
/// </summary>
/// <remarks>
/// The opcodes are those of Python's <c>pickletools</c>, protocols 2 to 5. Names are looked up in <see cref="PickleGlobals"/> and refused
/// where they are not there. The machine has no recursion; what it may allocate is a budget charged before each allocation, so that a
/// pickle of a few bytes cannot ask for much.
/// </remarks>
internal ref partial struct PickleReader
{
    // Enough for some 10,000 tensors with their names and shapes; a checkpoint of Pythia has at most 450.
    private const long Budget = 48L << 20;

    // What an item costs while the list that holds it grows by doubling.
    private const int ItemBytes = 32;
    private const int MemoBytes = 96;
    private const int ObjectBytes = 64;
    private const int MaxNumber = 16;

    private const string Advice =
        "Nothing of it was run. If the file is meant to be a state dict and you trust it, load it with PyTorch where it was made and "
            + "save the state dict as safetensors.";

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _file;
    private readonly string _part;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _at;
    private long _left = Budget;

    /// <summary>Prepares to read one pickle.</summary>
    /// <param name="bytes">The pickle, and perhaps more after it.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="part">Which pickle of the file, for messages: <c>data.pkl</c>.</param>
    public PickleReader(ReadOnlySpan<byte> bytes, string file, string part)
    {
        _bytes = bytes;
        _file = file;
        _part = part;
    }

    /// <summary>How many bytes the pickle took.</summary>
    public readonly int Consumed => _at;

    /// <summary>Reads to the end of the pickle.</summary>
    /// <returns>null, bool, long, BigInteger, double, string, object?[] for a tuple, or one of the types of PickleValues.cs.</returns>
    /// <exception cref="CheckpointFormatException">The pickle is damaged, or holds or asks for something else than a state dict
    /// does.</exception>
    public object? Read()
    {
        while (true)
        {
            var opcode = Take(1)[0];
            if (opcode == (byte)'.')
            {
                return Pop();
            }

            if (!Simple(opcode) && !Number(opcode) && !Text(opcode) && !Collection(opcode) && !Memo(opcode) && !Torch(opcode))
            {
                throw Wrong("an opcode of pickle protocols 2 to 5 that a state dict needs", $"opcode 0x{opcode:x2}");
            }
        }
    }

    private bool Simple(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                var protocol = Take(1)[0];
                return protocol is >= 2 and <= 5 ? true : throw Wrong("pickle protocol 2 to 5", $"protocol {protocol}");
            case 0x95: // FRAME: only a hint for buffered readers
                Take(8);
                return true;
            case (byte)'(':
                Charge(ItemBytes);
                _marks.Add(_stack.Count);
                return true;
            case (byte)'0':
                Pop();
                return true;
            case (byte)'1':
                PopMarked();
                return true;
            case (byte)'2':
                Push(Peek());
                return true;
            case (byte)'N':
                Push(null);
                return true;
            case 0x88:
                Push(true);
                return true;
            case 0x89:
                Push(false);
                return true;
            default:
                return false;
        }
    }

    private bool Number(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                return true;
            case (byte)'K':
                Push((long)Take(1)[0]);
                return true;
            case (byte)'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                return true;
            case 0x8a: // LONG1
                Push(Long(Take(1)[0]));
                return true;
            case 0x8b: // LONG4
                Push(Long(BinaryPrimitives.ReadInt32LittleEndian(Take(4))));
                return true;
            case (byte)'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                return true;
            default:
                return false;
        }
    }

    private bool Text(byte opcode)
    {
        long? length = opcode switch
        {
            0x8c or (byte)'U' => Take(1)[0], // SHORT_BINUNICODE, and Python 2's str
            (byte)'X' => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)),
            (byte)'T' => BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
            0x8d => BinaryPrimitives.ReadInt64LittleEndian(Take(8)),
            _ => null,
        };
        if (length is { } bytes)
        {
            Push(String(Take(bytes)));
        }

        return length is not null;
    }

    private bool Collection(byte opcode)
    {
        switch (opcode)
        {
            case (byte)')':
                Push(Array.Empty<object?>());
                return true;
            case (byte)'t':
                Push(PopMarked());
                return true;
            case 0x85 or 0x86 or 0x87: // TUPLE1 to TUPLE3
                Push(Pop(opcode - 0x84));
                return true;
            case (byte)']':
                Push(New<PickleList>());
                return true;
            case (byte)'l':
                var list = New<PickleList>();
                Append(list, PopMarked());
                Push(list);
                return true;
            case (byte)'a':
                var item = Pop(1);
                Append(Peek(), item);
                return true;
            case (byte)'e':
                var items = PopMarked();
                Append(Peek(), items);
                return true;
            case (byte)'}':
                Push(New<PickleDictionary>());
                return true;
            case (byte)'d':
                var dictionary = New<PickleDictionary>();
                Set(dictionary, PopMarked());
                Push(dictionary);
                return true;
            case (byte)'s':
                var pair = Pop(2);
                Set(Peek(), pair);
                return true;
            case (byte)'u':
                var pairs = PopMarked();
                Set(Peek(), pairs);
                return true;
            default:
                return false;
        }
    }

    private bool Memo(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q':
                Put(Take(1)[0]);
                return true;
            case (byte)'r':
                Put(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                return true;
            case 0x94: // MEMOIZE
                Put(_memo.Count);
                return true;
            case (byte)'h':
                Push(Get(Take(1)[0]));
                return true;
            case (byte)'j':
                Push(Get(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                return true;
            default:
                return false;
        }
    }

    private bool Torch(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'c':
                var module = Line();
                Push(Global(module, Line()));
                return true;
            case 0x93: // STACK_GLOBAL
                Push(
                    Pop(2) is [string from, string name]
                        ? Global(from, name)
                        : throw Wrong("the name of a function or type", "something else"));
                return true;
            case (byte)'Q':
                Charge(ObjectBytes);
                Push(
                    PickleTensors.Storage(Pop())
                        ?? throw Wrong("a storage: its kind, element type, key, device and count", "something else"));
                return true;
            case (byte)'R':
                var arguments = Pop(1)[0] as object?[] ?? throw Wrong("a tuple of arguments", "something else");
                Push(Interpret(Pop(), arguments));
                return true;
            case (byte)'b':
                Pop(); // the attributes of an OrderedDict: PyTorch keeps the modules' versions there
                return Peek() is PickleDictionary ? true : throw Wrong("attributes of a dictionary", "attributes of something else");
            default:
                return false;
        }
    }

    private object Interpret(object? function, object?[] arguments)
    {
        Charge(ObjectBytes + (ItemBytes * 2L * Math.Min(arguments.Length, PickleTensors.MaxDimensions)));
        switch (function, arguments)
        {
            case (PickleGlobal.OrderedDictionary, []):
                return New<PickleDictionary>();
            case (PickleGlobal.OrderedDictionary, [PickleList pairs]):
                var dictionary = New<PickleDictionary>();
                foreach (var pair in pairs.Items)
                {
                    Set(dictionary, pair as object?[] ?? (pair as PickleList)?.Items.ToArray() ?? []);
                }

                return dictionary;
            case (PickleGlobal.RebuildTensor, _):
                return PickleTensors.Tensor(arguments)
                    ?? throw Wrong(
                        $"a storage, an offset, and as many strides as sizes, {PickleTensors.MaxDimensions} at most", "something else");
            case (PickleGlobal.RebuildParameter, [PickleTensor tensor, ..]):
                return tensor;
            default:
                throw Wrong("a call that builds a tensor, a parameter or an ordered dictionary", "another call or other arguments");
        }
    }

    private readonly object Global(string module, string name) => PickleGlobals.Find(module, name)
        ?? throw Wrong("only names that build tensors", $"the name '{module}.{name}'");

    private object Long(int length)
    {
        if (length is < 0 or > MaxNumber)
        {
            throw Wrong($"a whole number of at most {MaxNumber} bytes", $"one of {length}");
        }

        var value = new BigInteger(Take(length));

        // Cast: without it the compiler would make a BigInteger of both.
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private string String(ReadOnlySpan<byte> bytes)
    {
        Charge(ObjectBytes + (2L * bytes.Length));
        return Encoding.UTF8.GetString(bytes);
    }

    private string Line()
    {
        var length = _bytes[_at..].IndexOf((byte)'\n');
        var line = String(Take(length < 0 ? long.MaxValue : length));
        _at++;
        return line;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > _bytes.Length - _at)
        {
            throw Wrong(string.Create(CultureInfo.InvariantCulture, $"{count} more bytes"), $"{_bytes.Length - _at}");
        }

        var taken = _bytes.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private readonly CheckpointFormatException Wrong(string expected, string found) =>
        new(_file, $"{_part}, near byte {_at}", expected, found, Advice);
}
