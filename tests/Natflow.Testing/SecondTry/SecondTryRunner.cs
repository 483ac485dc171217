using Xunit.Abstractions;
using Xunit.Sdk;

namespace Natflow.Testing.SecondTry;

/// <summary>Runs each case of a method, and once more where it failed: only the last try counts.</summary>
internal sealed class SecondTryRunner(
    ITestMethod method,
    IReflectionTypeInfo type,
    IReflectionMethodInfo info,
    IEnumerable<IXunitTestCase> cases,
    IMessageSink diagnostics,
    IMessageBus bus,
    ExceptionAggregator errors,
    CancellationTokenSource cancellation,
    object[] constructorArguments) : XunitTestMethodRunner(method, type, info, cases, diagnostics, bus, errors, cancellation, constructorArguments)
{
    private readonly IMessageSink _diagnostics = diagnostics;
    private readonly object[] _constructorArguments = constructorArguments;

    /// <inheritdoc />
    protected override async Task<RunSummary> RunTestCaseAsync(IXunitTestCase testCase)
    {
        using var first = new HeldMessages();
        RunSummary summary = await Run(testCase, first);
        if (summary.Failed == 0 || CancellationTokenSource.IsCancellationRequested)
        {
            first.SendTo(MessageBus);
            return summary;
        }

        FirstFailures.Tell(testCase.DisplayName, first.Failure, _diagnostics);
        decimal firstSeconds = summary.Time;
        summary = await Run(testCase, MessageBus);
        summary.Time += firstSeconds;
        return summary;
    }

    private Task<RunSummary> Run(IXunitTestCase testCase, IMessageBus messages) =>
        testCase.RunAsync(_diagnostics, messages, _constructorArguments, new ExceptionAggregator(Aggregator), CancellationTokenSource);
}
