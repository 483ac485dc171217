namespace Natflow.Journal.Chain;

/// <summary>Where a stream's chain begins and ends.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="AnchorNr">Last number removed by retention; 0 for none.</param>
/// <param name="AnchorLink">Its link; 32 zero bytes for none.</param>
/// <param name="HeadNr">Last number stored.</param>
/// <param name="HeadLink">Its link.</param>
public sealed record ChainEnds(string StreamId, long AnchorNr, byte[] AnchorLink, long HeadNr, byte[] HeadLink);
