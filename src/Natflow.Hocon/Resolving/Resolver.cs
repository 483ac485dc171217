using System.Runtime.CompilerServices;

namespace Natflow.Hocon.Resolving;

/// <summary>Replaces every substitution by its value. One resolver serves one document once.</summary>
/// <remarks>
/// A value is worked out when it is asked for and then remembered by the place in the text, never by its path: the same path may mean
/// different values at different layers of one field. While a layer of a field is being worked out, look-ups of that field see the older
/// layers alone; that is all there is to self-reference. Cost is counted in steps, so that a text cannot buy more time than its limits.
/// </remarks>
internal sealed class Resolver
{
    // Stands for "leads back to itself, and nothing is written for it before" until the nearest substitution says what that means.
    private static readonly HoconScalar Cyclic = new(new HoconLocation("-", 0, 0), HoconScalarKind.Null, string.Empty);

    private readonly HoconObject _root;
    private readonly HoconOptions _options;
    private readonly ActiveLayers _active = new();
    private readonly Dictionary<HoconValue, HoconValue?> _done = new(ReferenceEqualityComparer.Instance);
    private readonly List<string> _names = [];
    private long _steps;
    private int _depth;

    private Resolver(HoconObject root, HoconOptions options)
    {
        _root = root;
        _options = options;
    }

    /// <summary>Resolves a document's root.</summary>
    internal static HoconValue Resolve(HoconValue root, HoconOptions options)
    {
        var resolver = new Resolver(root as HoconObject ?? new HoconObject(root.Location), options);
        return resolver.Force(root)!;
    }

    private HoconLimits Limits => _options.Limits;

    // The value of a node; null where optional substitutions leave nothing.
    private HoconValue? Force(HoconValue node, HoconValue? below = null, HoconValue? field = null)
    {
        if (node.IsResolved)
            return node;
        if (_done.TryGetValue(node, out HoconValue? known))
            return known;
        if (node is HoconReference or HoconConcatenation && _active.Meets(node))
            return Cyclic;

        Charge(node, 1);
        EnterDepth(node);
        int depth = _active.Count;
        int outer = _active.BeginWatch();
        HoconValue? value = node switch
        {
            HoconObject literal => ForceObject(literal),
            HoconArray literal => ForceArray(literal),
            HoconMergeStack stack => ForceStack(stack),
            _ => ForceLayer(node, below, field ?? node),
        };
        if (_active.EndWatch(outer, depth) && !ReferenceEquals(value, Cyclic))
            _done[node] = value;
        _depth--;
        return value;
    }

    private HoconValue? ForceLayer(HoconValue layer, HoconValue? below, HoconValue field)
    {
        _active.Enter(layer, below, field);
        HoconValue? value = layer is HoconReference reference ? ForceReference(reference) : ForceConcatenation((HoconConcatenation)layer);
        _active.Leave(layer);
        return value;
    }

    private HoconValue ForceObject(HoconObject literal)
    {
        var fields = new OrderedDictionary<string, HoconValue>(literal.Fields.Count, StringComparer.Ordinal);
        foreach ((string name, HoconValue node) in literal.Fields)
        {
            _names.Add(name);
            HoconValue? value = Force(node);
            _names.RemoveAt(_names.Count - 1);
            if (ReferenceEquals(value, Cyclic))
                return Cyclic;
            if (value is not null)
                fields.Add(name, value);
        }

        return Checked(HoconObject.Resolved(literal.Location, fields));
    }

    private HoconValue ForceArray(HoconArray literal)
    {
        Charge(literal, literal.Items.Count / 16);
        var items = new List<HoconValue>(literal.Items.Count);
        foreach (HoconValue node in literal.Items)
        {
            HoconValue? value = Force(node);
            if (ReferenceEquals(value, Cyclic))
                return Cyclic;
            if (value is not null)
                items.Add(value);
        }

        return Checked(new HoconArray(literal.Location, items, isResolved: true));
    }

    // Oldest first, so that a long row of self-references does not become a deep one. Object literals stay as they are until all layers
    // are merged: what they refer to is the finished field.
    private HoconValue? ForceStack(HoconMergeStack stack)
    {
        HoconValue? merged = null;
        foreach (HoconValue layer in stack.Layers)
        {
            HoconValue? value = layer is HoconReference or HoconConcatenation ? Force(layer, merged, stack) : layer;
            if (ReferenceEquals(value, Cyclic))
                return Cyclic;
            if (value is null)
                continue;
            Charge(layer, 1 + (value is HoconObject added ? added.Fields.Count : 0));
            Charge(layer, merged is HoconObject old ? old.Fields.Count / 16 : 0);
            merged = merged is null ? value : Merging.Merge(value, merged, mayChangeOlder: false);
        }

        return merged is null ? null : Force(merged);
    }

    private HoconValue? ForceConcatenation(HoconConcatenation concatenation)
    {
        var pieces = new List<HoconValue>(concatenation.Pieces.Count);
        foreach (HoconValue piece in concatenation.Pieces)
        {
            HoconValue? value = Force(piece);
            if (ReferenceEquals(value, Cyclic))
                return Cyclic;
            if (value is null)
                continue;
            Charge(piece, value switch { HoconScalar scalar => scalar.Text.Length, HoconArray list => list.Items.Count, _ => ((HoconObject)value).Fields.Count } / 16);
            pieces.Add(value);
        }

        HoconValue? joined = Joining.Join(pieces, CurrentPath(), Limits.StringLengthMax);
        return joined is null ? null : Checked(Force(joined)!);
    }

    private HoconValue? ForceReference(HoconReference reference)
    {
        HoconValue? value = ForceAt(reference, reference.Path);
        if (value is null && reference.PrefixLength > 0)
            value = ForceAt(reference, reference.Path.Skip(reference.PrefixLength));
        value ??= External(reference);
        if (value is not null && !ReferenceEquals(value, Cyclic))
            return value;
        if (reference.IsOptional)
            return null;
        throw Undefined(reference, isCyclic: value is not null || _active.OutermostMet != int.MaxValue);
    }

    private HoconValue? ForceAt(HoconReference reference, HoconPath path)
    {
        HoconValue? node = Find(reference, path);
        if (node is null)
            return null;
        string[] names = [.. _names]; // What is worked out now belongs to the target; errors shall name it.
        _names.Clear();
        _names.AddRange(path.Elements);
        HoconValue? value = Force(node);
        _names.Clear();
        _names.AddRange(names);
        return value;
    }

    private HoconScalar? External(HoconReference reference)
    {
        if (reference.IsOwnField)
            return null;
        string name = string.Join('.', reference.Path.Skip(reference.PrefixLength).Elements);
        return _options.Environment(name) is { } text
            ? new HoconScalar(new HoconLocation($"environment variable {name}", 0, 0), HoconScalarKind.Text, text)
            : null;
    }

    // The node at a path, as far as it may be seen from here. Only nodes on the way are looked into, never a whole parent.
    private HoconValue? Find(HoconReference reference, HoconPath path)
    {
        HoconValue? node = _root;
        foreach (string name in path.Elements)
        {
            Charge(reference, 1);
            node = Step(node, name, out _);
            if (node is null)
                return null;
        }

        return _active.VisiblePart(node);
    }

    // One name down. isCut: an older value of the same field has no part in the child, whether there is a child or not.
    private HoconValue? Step(HoconValue node, string name, out bool isCut)
    {
        isCut = false;
        HoconValue? visible = _active.VisiblePart(node);
        if (visible is null)
            return null;
        Charge(node, 1);
        EnterDepth(node);
        HoconValue? child;
        switch (visible)
        {
            case HoconObject literal:
                isCut = literal.IsCut;
                child = literal.TryGetField(name, out HoconValue? value) ? value : null;
                break;
            case HoconMergeStack stack:
                child = StepStack(stack, name, out isCut);
                break;
            case HoconReference or HoconConcatenation:
                child = StepLayer(visible, null, visible, name, out isCut);
                break;
            default:
                isCut = true;
                child = null;
                break;
        }

        _depth--;
        return child;
    }

    private HoconValue? StepStack(HoconMergeStack stack, string name, out bool isCut)
    {
        isCut = false;
        var found = new List<HoconValue>();
        for (int i = stack.Layers.Count - 1; i >= 0 && !isCut; i--)
        {
            HoconValue layer = stack.Layers[i];
            HoconValue? child = layer is HoconReference or HoconConcatenation
                ? StepLayer(layer, Below(stack, i), stack, name, out isCut)
                : Step(layer, name, out isCut);
            if (child is null)
                continue;
            found.InsertRange(0, Merging.LayersOf(child));
            isCut |= child.HidesOlder;
        }

        return found.Count switch { 0 => null, 1 => found[0], _ => new HoconMergeStack(stack.Location, found) };
    }

    private HoconValue? StepLayer(HoconValue layer, HoconValue? below, HoconValue field, string name, out bool isCut)
    {
        isCut = false;
        if (layer is HoconConcatenation)
        {
            HoconValue? joined = Force(layer, below, field);
            return joined is null || ReferenceEquals(joined, Cyclic) ? null : Step(joined, name, out isCut);
        }

        var reference = (HoconReference)layer;
        _active.Enter(layer, below, field);
        HoconValue? target = Find(reference, reference.Path)
            ?? (reference.PrefixLength > 0 ? Find(reference, reference.Path.Skip(reference.PrefixLength)) : null)
            ?? External(reference);
        if (target is null && !reference.IsOptional)
            throw Undefined(reference, isCyclic: false);
        HoconValue? child = target is null ? null : Step(target, name, out isCut);
        _active.Leave(layer);
        return child;
    }

    private HoconValue? Below(HoconMergeStack stack, int count)
    {
        Charge(stack, 1 + (count / 16));
        return count switch { 0 => null, 1 => stack.Layers[0], _ => new HoconMergeStack(stack.Location, stack.Layers[..count]) };
    }

    private HoconValue Checked(HoconValue value)
    {
        if (value.Weight > Limits.ValuesMax)
            throw TooMuch(value, $"substitutions repeat values until there are more than {Limits.ValuesMax}");
        if (value.Height > 2 * Limits.DepthMax)
            throw TooMuch(value, $"substitutions nest values deeper than {2 * Limits.DepthMax} levels");
        return value;
    }

    private void Charge(HoconValue at, long steps)
    {
        _steps += steps;
        if (_steps > Limits.ResolveStepsMax)
            throw TooMuch(at, $"resolving the substitutions takes more than {Limits.ResolveStepsMax} steps");
    }

    // The count is the rule; the look at the stack is for threads that have little of it.
    private void EnterDepth(HoconValue at)
    {
        if (++_depth > Limits.ResolveDepthMax || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw TooMuch(at, $"substitutions lead one to another more than {Limits.ResolveDepthMax} deep");
    }

    private string CurrentPath() => new HoconPath(_names).ToString();

    private HoconException TooMuch(HoconValue at, string reason) => new(HoconErrorKind.Limit, at.Location, CurrentPath(), reason);

    private HoconException Undefined(HoconReference reference, bool isCyclic) => new(
        HoconErrorKind.Resolve,
        reference.Location,
        CurrentPath(),
        isCyclic
            ? $"{reference} leads back to itself, and nothing is written for it before"
            : $"{reference} has no value: set it, set the environment variable, or write ${{?{reference.Path.Skip(reference.PrefixLength)}}} if it may be absent");
}
