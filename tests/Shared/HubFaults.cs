namespace PythiaOrleans.Testing;

/// <summary>What goes wrong at the test's hub. Counts go down as the faults happen.</summary>
internal sealed class HubFaults
{
    private long _untilDrop;

    /// <summary>The connection breaks each time that so many bytes of large files have been sent; 0 never.</summary>
    public long DropEvery { get; init; }

    /// <summary>So many requests of large files are answered 429 with Retry-After.</summary>
    public int TooMany { get; set; }

    /// <summary>Seconds of Retry-After.</summary>
    public int RetryAfter { get; init; } = 1;

    /// <summary>So many requests of large files are answered 503.</summary>
    public int Unavailable { get; set; }

    /// <summary>So many answers have every byte inverted.</summary>
    public int Corrupted { get; set; }

    /// <summary>So many answers start elsewhere than asked.</summary>
    public int Misplaced { get; set; }

    /// <summary>So many answers stop in the middle and say nothing more.</summary>
    public int Stalled { get; set; }

    /// <summary>Ranges are ignored: 200 and the whole file.</summary>
    public bool NoRanges { get; init; }

    /// <summary>Takes one of a counted fault, if there is one left.</summary>
    public bool Take(Func<HubFaults, int> get, Action<HubFaults, int> set)
    {
        lock (this)
        {
            var left = get(this);
            set(this, Math.Max(0, left - 1));
            return left > 0;
        }
    }

    /// <summary>How many of the bytes about to be sent still pass before the connection breaks.</summary>
    public int BeforeDrop(int bytes)
    {
        lock (this)
        {
            if (DropEvery == 0)
            {
                return bytes;
            }

            _untilDrop = _untilDrop == 0 ? DropEvery : _untilDrop;
            var pass = (int)Math.Min(bytes, _untilDrop);
            _untilDrop -= pass;
            return pass;
        }
    }
}
