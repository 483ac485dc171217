namespace Natflow.Inspect.Domains;

/// <summary>Secret words of a <see cref="DomainHash"/>.</summary>
internal readonly struct DomainSecret
{
    internal readonly ulong Word0;
    internal readonly ulong Word1;
    internal readonly ulong Word2;
    internal readonly ulong Word3;

    internal DomainSecret(ulong seed)
    {
        Word0 = Mix(seed + 0x9E3779B97F4A7C15);
        Word1 = Mix(seed + 0x3C6EF372FE94F82A);
        Word2 = Mix(seed + 0xDAA66D2C7DDF743F);
        Word3 = Mix(seed + 0x78DDE6E5FD29F054);
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
