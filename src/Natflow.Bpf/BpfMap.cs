using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>A BPF map by its descriptor. Does not own it.</summary>
/// <param name="Fd">The descriptor; valid while the object that holds the map is.</param>
/// <param name="Name">For messages.</param>
/// <remarks>Any thread: the kernel makes each element's update one step.</remarks>
public readonly unsafe record struct BpfMap(int Fd, string Name)
{
    /// <summary>Sets an element, new or not.</summary>
    /// <typeparam name="TKey">Layout of the key; its padding is hashed, so it must have none.</typeparam>
    /// <typeparam name="TValue">Layout of the value.</typeparam>
    /// <exception cref="NativeException">The map is full or its layout is another.</exception>
    public void Write<TKey, TValue>(TKey key, TValue value)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (LibbpfNative.UpdateElement(Fd, &key, &value, 0) < 0)
            throw new NativeException("bpf_map_update_elem", Name);
    }

    /// <summary>Removes an element.</summary>
    /// <returns>False when there was none.</returns>
    /// <typeparam name="TKey">Layout of the key.</typeparam>
    /// <exception cref="NativeException">The map has no removable elements.</exception>
    public bool Remove<TKey>(TKey key)
        where TKey : unmanaged
    {
        if (LibbpfNative.DeleteElement(Fd, &key) >= 0)
            return true;
        var failure = new NativeException("bpf_map_delete_elem", Name);
        return failure.Errno == Memory.Errno.NoEntry ? false : throw failure;
    }

    /// <summary>Reads an element; false when there is none.</summary>
    /// <typeparam name="TKey">Layout of the key.</typeparam>
    /// <typeparam name="TValue">Layout of the value.</typeparam>
    /// <param name="key">The key.</param>
    /// <param name="values">Receives the value; one for each possible CPU where the map is per CPU.</param>
    /// <exception cref="NativeException">The map's layout is another.</exception>
    public bool TryRead<TKey, TValue>(TKey key, Span<TValue> values)
        where TKey : unmanaged
        where TValue : unmanaged
    {
        fixed (TValue* value = values)
        {
            if (LibbpfNative.LookupElement(Fd, &key, value) >= 0)
                return true;
        }

        var failure = new NativeException("bpf_map_lookup_elem", Name);
        return failure.Errno == Memory.Errno.NoEntry ? false : throw failure;
    }
}
