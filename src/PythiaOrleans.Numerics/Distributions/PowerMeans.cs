namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Means over a sample of powers of d = x − μ, to an exponent p.</summary>
/// <param name="Power">|d|^p.</param>
/// <param name="Log">|d|^p ln|d|.</param>
/// <param name="LogSquare">|d|^p ln²|d|.</param>
/// <param name="Odd">sign(d) |d|^(p − 1).</param>
/// <param name="OddLog">sign(d) |d|^(p − 1) ln|d|.</param>
/// <param name="Even">|d|^(p − 2); without meaning below p = 2, where a value may be μ.</param>
internal readonly record struct PowerMeans(double Power, double Log, double LogSquare, double Odd, double OddLog, double Even);
