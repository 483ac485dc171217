namespace Natflow.Policy.Control;

/// <summary>What one line does to a device: the model after it (the same object where nothing changed), the answer, and what is to be done beside the model.</summary>
/// <typeparam name="TModel">The device's model: immutable.</typeparam>
/// <param name="Model">The model after the line.</param>
/// <param name="Result">The answer.</param>
/// <param name="Action">What the owner of the device does at once; None for most lines.</param>
public readonly record struct ControlStep<TModel>(TModel Model, ControlResult Result, ControlAction Action = ControlAction.None)
    where TModel : class;
