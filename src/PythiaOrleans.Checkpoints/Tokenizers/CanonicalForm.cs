using System.Text;
using HarfBuzzSharp;

namespace PythiaOrleans.Checkpoints.Tokenizers;

/// <summary>Unicode's normal form C (UAX #15): canonical decomposition, order of combining marks, composition.</summary>
/// <remarks>
/// <see cref="string.Normalize()"/> does nothing on machines without ICU, which are those this runs on; HarfBuzz brings the Unicode data
/// with it.
/// Its pairwise composition knows the exclusions.
/// </remarks>
internal static class CanonicalForm
{
    // Below it nothing decomposes or combines with anything.
    private const char FirstCombining = '\u0300';

    /// <summary>The text in normal form C.</summary>
    public static string Normalize(string text)
    {
        if (text.All(static letter => letter < FirstCombining))
        {
            return text;
        }

        var runes = new List<uint>(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose((uint)rune.Value, runes);
        }

        Order(runes);
        Compose(runes);
        var result = new StringBuilder(text.Length);
        foreach (var rune in runes)
        {
            result.Append(new Rune(rune).ToString());
        }

        return result.ToString();
    }

    private static void Decompose(uint rune, List<uint> into)
    {
        if (UnicodeFunctions.Default.TryDecompose(rune, out var first, out var second))
        {
            Decompose(first, into);
            if (second != 0)
            {
                Decompose(second, into);
            }
        }
        else
        {
            into.Add(rune);
        }
    }

    private static int ClassOf(uint rune) => (int)UnicodeFunctions.Default.GetCombiningClass(rune);

    // Marks of other classes may change places, those of one class may not: a stable insertion.
    private static void Order(List<uint> runes)
    {
        for (var i = 1; i < runes.Count; i++)
        {
            var rune = runes[i];
            var own = ClassOf(rune);
            var at = i;
            for (; own > 0 && at > 0 && ClassOf(runes[at - 1]) > own; at--)
            {
                runes[at] = runes[at - 1];
            }

            runes[at] = rune;
        }
    }

    private static void Compose(List<uint> runes)
    {
        var (starter, kept, lastClass) = (-1, 0, 0);
        foreach (var rune in runes.ToArray())
        {
            var own = ClassOf(rune);
            var blocked = starter >= 0 && kept - 1 > starter && (lastClass == 0 || lastClass >= own);
            if (starter >= 0 && !blocked && UnicodeFunctions.Default.TryCompose(runes[starter], rune, out var together))
            {
                runes[starter] = together;
                continue;
            }

            if (own == 0)
            {
                starter = kept;
            }

            lastClass = own;
            runes[kept++] = rune;
        }

        runes.RemoveRange(kept, runes.Count - kept);
    }
}
