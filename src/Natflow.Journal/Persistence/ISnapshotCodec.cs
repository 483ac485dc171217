namespace Natflow.Journal.Persistence;

/// <summary>Makes bytes of the states that persistent actors save, and states of bytes.</summary>
public interface ISnapshotCodec
{
    /// <summary>Makes bytes.</summary>
    /// <exception cref="NotSupportedException">The type is not known.</exception>
    (string Manifest, byte[] Content) Encode(object state);

    /// <summary>Makes a state.</summary>
    /// <exception cref="StoreUnavailableException">The bytes are damaged or of an unknown form.</exception>
    object Decode(string manifest, byte[] content);
}
