using System.Globalization;

namespace PythiaOrleans.Testing;

/// <summary>Variables that make a test longer, or repeat one of its cases.</summary>
internal static class TestSettings
{
    /// <summary>A variable as a number; null where it is not set.</summary>
    public static int? Number(string variable) => Environment.GetEnvironmentVariable(variable) is { } text
        ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
