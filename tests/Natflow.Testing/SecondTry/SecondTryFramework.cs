using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Natflow.Testing.SecondTry;

/// <summary>
/// For assemblies whose tests watch other programs, links and clocks of a machine that has other work: a case that failed is run once more, and its first failure
/// is told (<see cref="FirstFailures"/>). Named by <c>[assembly: TestFramework]</c>.
/// </summary>
/// <param name="messages">Diagnostics of the runner.</param>
public sealed class SecondTryFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    /// <inheritdoc />
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName name, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(name, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            _ = Run(testCases, executionMessageSink, executionOptions);

        private async Task Run(IEnumerable<IXunitTestCase> cases, IMessageSink sink, ITestFrameworkExecutionOptions options)
        {
            using var runner = new AssemblyRunner(TestAssembly, cases, DiagnosticMessageSink, sink, options);
            await runner.RunAsync();
        }
    }

    private sealed class AssemblyRunner(
        ITestAssembly assembly, IEnumerable<IXunitTestCase> cases, IMessageSink diagnostics, IMessageSink sink, ITestFrameworkExecutionOptions options)
        : XunitTestAssemblyRunner(assembly, cases, diagnostics, sink, options)
    {
        // The method that is replaced below is where the runner keeps its limit.
        private readonly SemaphoreSlim _collections = new(CollectionsAtOnce(assembly, options));

        protected override async Task<RunSummary> RunTestCollectionAsync(
            IMessageBus messageBus, ITestCollection testCollection, IEnumerable<IXunitTestCase> testCases, CancellationTokenSource cancellationTokenSource)
        {
            await _collections.WaitAsync(cancellationTokenSource.Token);
            try
            {
                return await new CollectionRunner(
                    testCollection, testCases, DiagnosticMessageSink, messageBus, TestCaseOrderer, new ExceptionAggregator(Aggregator), cancellationTokenSource).RunAsync();
            }
            finally
            {
                _ = _collections.Release();
            }
        }

        public override void Dispose()
        {
            base.Dispose();
            _collections.Dispose();
        }

        private static int CollectionsAtOnce(ITestAssembly assembly, ITestFrameworkExecutionOptions options)
        {
            int declared = assembly.Assembly.GetCustomAttributes(typeof(CollectionBehaviorAttribute)).SingleOrDefault()
                ?.GetNamedArgument<int>(nameof(CollectionBehaviorAttribute.MaxParallelThreads)) ?? 0;
            int limit = options.MaxParallelThreads() ?? declared;
            return limit > 0 ? limit : Environment.ProcessorCount;
        }
    }

    private sealed class CollectionRunner(
        ITestCollection collection,
        IEnumerable<IXunitTestCase> cases,
        IMessageSink diagnostics,
        IMessageBus bus,
        ITestCaseOrderer orderer,
        ExceptionAggregator errors,
        CancellationTokenSource cancellation) : XunitTestCollectionRunner(collection, cases, diagnostics, bus, orderer, errors, cancellation)
    {
        protected override Task<RunSummary> RunTestClassAsync(ITestClass testClass, IReflectionTypeInfo @class, IEnumerable<IXunitTestCase> testCases) =>
            new ClassRunner(
                testClass,
                @class,
                testCases,
                DiagnosticMessageSink,
                MessageBus,
                TestCaseOrderer,
                new ExceptionAggregator(Aggregator),
                CancellationTokenSource,
                CollectionFixtureMappings).RunAsync();
    }

    private sealed class ClassRunner(
        ITestClass testClass,
        IReflectionTypeInfo type,
        IEnumerable<IXunitTestCase> cases,
        IMessageSink diagnostics,
        IMessageBus bus,
        ITestCaseOrderer orderer,
        ExceptionAggregator errors,
        CancellationTokenSource cancellation,
        IDictionary<Type, object> fixtures) : XunitTestClassRunner(testClass, type, cases, diagnostics, bus, orderer, errors, cancellation, fixtures)
    {
        protected override Task<RunSummary> RunTestMethodAsync(
            ITestMethod testMethod, IReflectionMethodInfo method, IEnumerable<IXunitTestCase> testCases, object[] constructorArguments) =>
            new SecondTryRunner(
                testMethod,
                Class,
                method,
                testCases,
                DiagnosticMessageSink,
                MessageBus,
                new ExceptionAggregator(Aggregator),
                CancellationTokenSource,
                constructorArguments).RunAsync();
    }
}
