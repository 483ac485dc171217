namespace Natflow.Testing.Namespaces;

/// <summary>Waits for the kernel by asking again, a bounded number of times, giving the processor away in between.</summary>
public static class Patience
{
    private const int TriesMax = 3_000_000;

    /// <summary>True as soon as the condition holds; false when it never did.</summary>
    public static bool Until(Func<bool> condition)
    {
        for (int i = 0; i < TriesMax; i++)
        {
            if (condition())
                return true;
            Thread.Yield();
        }

        return false;
    }
}
