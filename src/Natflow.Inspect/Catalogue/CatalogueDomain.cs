using Natflow.Inspect.Domains;

namespace Natflow.Inspect.Catalogue;

/// <summary>A domain of an application, with where it was read.</summary>
internal sealed record CatalogueDomain(string Name, ushort AppId, DomainMatch Match, string File, int Line);
