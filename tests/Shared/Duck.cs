using DuckDB.NET.Data;

namespace PythiaOrleans.Testing;

/// <summary>Somebody else's reader of Parquet.</summary>
internal static class Duck
{
    /// <summary>The rows that a query gives; <c>$file</c> in it stands for the file.</summary>
    public static List<object?[]> Query(string file, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql.Replace(
            "$file", $"read_parquet('{file.Replace("'", "''", StringComparison.Ordinal)}')", StringComparison.Ordinal);
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(index => reader.IsDBNull(index) ? null : reader.GetValue(index))]);
        }

        return rows;
    }

    /// <summary>Names and types of the columns.</summary>
    public static Dictionary<string, string> Types(string file) =>
        Query(file, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM $file)")
            .ToDictionary(row => (string)row[0]!, row => (string)row[1]!);
}
