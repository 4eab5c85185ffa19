namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>Maximises a smooth function of two variables along the axes, with steps that grow on success and shrink on failure.</summary>
internal static class AxisSearch
{
    private const int MaxRounds = 400;
    private const double Tolerance = 1e-7;

    /// <summary>The place of a maximum near (x, y); |x| stays under 10⁴, |y| under 20.</summary>
    public static (double X, double Y) Maximise(double x, double y, Func<double, double, double> f)
    {
        var (bestX, bestY, best) = (x, y, f(x, y));
        var (stepX, stepY) = (1.0, 0.5);
        for (var round = 0; round < MaxRounds && stepX + stepY > Tolerance; round++)
        {
            stepX *= Try(bestX + stepX, bestY) || Try(bestX - stepX, bestY) ? 1.7 : 0.5;
            stepY *= Try(bestX, bestY + stepY) || Try(bestX, bestY - stepY) ? 1.7 : 0.5;
        }

        return (bestX, bestY);

        bool Try(double candidateX, double candidateY)
        {
            var value = candidateY is > -20 and < 20 && Math.Abs(candidateX) < 1e4 ? f(candidateX, candidateY) : double.NegativeInfinity;
            if (!(value > best))
            {
                return false;
            }

            (bestX, bestY, best) = (candidateX, candidateY, value);
            return true;
        }
    }
}
