using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>The norm budget of one parameter between two neighbouring checkpoints, and the fit to its whole curve.</summary>
public sealed record NormBudgetRow(
    [property: Column("index of the block, from 0; empty outside blocks")] int? Block,
    [property: Column("kind of weight")] string Component,
    [property: Column("weight or bias")] string Parameter,
    [property: Column("Frobenius norm")] double Norm,
    [property: Column("step of the checkpoint before; empty at the first", Unit = "steps")] int? PreviousStep,
    [property: Column("squared norm minus that of the checkpoint before")] double? SquaredChange,
    [property: Column("what weight decay took of the squared norm since then, -2 wd sum of lr |W|^2")] double? Decay,
    [property: Column("what the updates added to the squared norm: its change minus the decay")] double? NetGrowth,
    [property: Column("share of the net growth that updates without direction explain; empty without distances or growth")]
    double? RandomWalkShare,
    [property: Column("weight decay of this parameter")] double WeightDecay,
    [property: Column("decay time, weight decay times the sum of the learning rates so far")] double DecayTime,
    [property: Column("updates in which decay alone takes 1 - 1/e of the squared norm, 1 / (2 wd lr); empty without decay",
        Unit = "updates")]
    double? TimeConstant,
    [property: Column("norm that the fitted budget gives; empty before the first fitted checkpoint")] double? FittedNorm,
    [property: Column("norm at which decay and growth balance at this learning rate; empty without decay")] double? EquilibriumNorm);
