namespace PythiaOrleans.Reporting.Budgets;

/// <summary>The weight decay that a curve of norms speaks for.</summary>
/// <param name="WeightDecay">Where the fit's relative error is smallest.</param>
/// <param name="Low">From here on the error is within twice the smallest; 0 where no decay at all is.</param>
/// <param name="High">Up to here it is; infinite where the largest that was tried, 1, still is.</param>
/// <param name="Error">The smallest relative error, root mean square.</param>
/// <param name="ErrorWithout">The error without weight decay.</param>
public sealed record RecoveredDecay(double WeightDecay, double Low, double High, double Error, double ErrorWithout);
