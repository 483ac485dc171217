namespace Natflow.Management.Control;

/// <summary>A list of domains in force; its place among the others is the number that findings carry, from 1.</summary>
/// <param name="File">Its path.</param>
/// <param name="Domains">Domains that it brought.</param>
/// <param name="Duplicates">Domains that it or an earlier list had brought already.</param>
/// <param name="Refused">Words that are no domains.</param>
public sealed record DomainListModel(string File, int Domains, int Duplicates, int Refused);
