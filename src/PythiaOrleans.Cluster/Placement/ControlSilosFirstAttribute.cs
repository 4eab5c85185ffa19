using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace PythiaOrleans.Cluster.Placement;

/// <summary>
/// Keeps a grain on silos of role <c>control</c>: books must not wait for a processor that computes, nor die with a task that kills its
/// worker.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ControlSilosFirstAttribute() : PlacementFilterAttribute(new ControlSilosFirst());

/// <summary>The strategy behind <see cref="ControlSilosFirstAttribute"/>.</summary>
internal sealed class ControlSilosFirst() : PlacementFilterStrategy(order: 0);

/// <summary>
/// Passes control silos; all of them where there is no control silo. Orleans' own filters compare with the calling silo, which is not
/// what is wanted here.
/// </summary>
internal sealed class ControlSilosFirstDirector(ControlSilos controls) : IPlacementFilterDirector
{
    public IEnumerable<SiloAddress> Filter(PlacementFilterStrategy filterStrategy, PlacementTarget target, IEnumerable<SiloAddress> silos)
    {
        var all = silos.ToArray();
        var control = Array.FindAll(all, controls.Contains);
        return control.Length > 0 ? control : all;
    }
}
