using System.Globalization;
using Natflow.Fuzz.Coverage;

namespace Natflow.Fuzz;

/// <summary><c>dotnet run --project tests/Natflow.Fuzz -c Release -- PARSER|all [--seconds N | --minutes N] [--seed N] [--save FOLDER]</c>.</summary>
public static class FuzzConsole
{
    private const int Found = 1;
    private const int Usage = 2;
    private const int Step = 500;
    private const int DefaultSeconds = 60;

    /// <summary>Runs targets and prints what came of them.</summary>
    /// <param name="arguments">Of the command line.</param>
    /// <returns>0 when nothing was found, 1 when something was, 2 for wrong usage.</returns>
    public static int Run(string[] arguments)
    {
        if (arguments.Length == 0 || (arguments[0] != "all" && !FuzzTargets.Names.Contains(arguments[0])) || !TryNumber(arguments, "--seconds", DefaultSeconds, out int seconds)
            || !TryNumber(arguments, "--minutes", 0, out int minutes) || !TryNumber(arguments, "--seed", Environment.ProcessId, out int seed))
        {
            Console.Error.WriteLine($"usage: Natflow.Fuzz PARSER|all [--seconds N | --minutes N] [--seed N] [--save FOLDER]\nparsers: {string.Join(' ', FuzzTargets.Names)}");
            return Usage;
        }

        IReadOnlyList<string> names = arguments[0] == "all" ? FuzzTargets.Names : [arguments[0]];
        string? folder = Option(arguments, "--save");
        return names.Select(name => TryRun(name, minutes > 0 ? 60 * minutes : seconds, seed, folder)).ToArray().All(static isClean => isClean) ? 0 : Found;
    }

    private static string? Option(string[] arguments, string name)
    {
        int at = Array.IndexOf(arguments, name);
        return at >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;
    }

    private static bool TryNumber(string[] arguments, string name, int defaultValue, out int value)
    {
        value = defaultValue;
        return !arguments.Contains(name) || int.TryParse(Option(arguments, name), NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static bool TryRun(string name, int seconds, int seed, string? folder)
    {
        using FuzzTarget target = FuzzTargets.Make(name);
        var run = new FuzzRun(target, seed);
        int edgesOfSeeds = CoverageMap.EdgeCount;
        long start = TimeProvider.System.GetTimestamp();
        while (run.TryRun(Step) && TimeProvider.System.GetElapsedTime(start).TotalSeconds < seconds)
        {
            // Until the time is up or something is found.
        }

        Console.WriteLine(
            $"{name}: seed {seed}, {run.Count} inputs, {CoverageMap.EdgeCount} edges ({edgesOfSeeds} by seeds and corpus), {run.OutcomeCount} outcomes, {run.KeptCount} kept"
            + (run.Find is null ? string.Empty : ", FOUND"));
        if (run.Slow is { } slow)
            Console.WriteLine($"more than two seconds: {Convert.ToHexStringLower(slow)}");
        if (run.Find is null)
        {
            if (folder is not null)
                Corpus.Write(folder, name, run.Distil());
            return true;
        }

        Console.WriteLine($"{run.Failure}\nonce it is mended, this line belongs at the head of tests/Natflow.Fuzz/corpus/{name}.txt:\n{Convert.ToHexStringLower(run.Find)}");
        return false;
    }
}
