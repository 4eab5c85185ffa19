namespace PythiaOrleans.Cli.Display;

/// <summary>Asks before something is deleted.</summary>
internal static class Confirmation
{
    /// <summary>Whether the user agrees.</summary>
    /// <param name="question">What will happen, as a question.</param>
    /// <param name="isGiven">Whether the command line agreed already, with <c>--yes</c>.</param>
    /// <exception cref="ArgumentException">Standard input is no terminal, and is not asked.</exception>
    public static bool Ask(string question, bool isGiven)
    {
        if (isGiven)
        {
            return true;
        }

        if (Console.IsInputRedirected)
        {
            throw new ArgumentException($"{question} Standard input is no terminal, so there is no answer: give --yes to agree.");
        }

        Console.Error.Write($"{question} [y/N] ");
        return Console.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
