namespace Natflow.Inspect.Tests.Truth;

/// <summary>Rows of one kind, right, missing and wrong.</summary>
internal sealed class TruthScore
{
    internal int Right { get; private set; }

    internal int Missing { get; private set; }

    internal int Wrong { get; private set; }

    internal double Recall => Right + Missing == 0 ? 1 : (double)Right / (Right + Missing);

    internal double Precision => Right + Wrong == 0 ? 1 : (double)Right / (Right + Wrong);

    internal void Add(int right, int missing, int wrong)
    {
        Right += right;
        Missing += missing;
        Wrong += wrong;
    }
}
