namespace Natflow.Journal.Tests.Stores;

/// <summary>Tests that share the PostgreSQL server; it ends with them.</summary>
[CollectionDefinition(Name)]
public sealed class StoreCollection : ICollectionFixture<StoreCollection.Server>
{
    public const string Name = "stores";

    public sealed class Server : IDisposable
    {
        public void Dispose() => PostgreSqlServer.StopIfStarted();
    }
}
