namespace Natflow.Policy.Auth;

/// <summary>Says how the users of a zone from a set of addresses get in.</summary>
/// <param name="Id">Number that the operator gave; 255 in a listing stands for no rule.</param>
/// <param name="Zone">Zone of the interface the user is behind.</param>
/// <param name="Type">Auto or Web.</param>
/// <param name="SourceSet">Set that must hold the user's address.</param>
/// <param name="AddressWhiteSet">Set of addresses that need no login; empty for none.</param>
/// <param name="MacWhiteSet">Set of MACs that need no login; empty for none.</param>
public sealed record AuthRule(uint Id, uint Zone, AuthType Type, string SourceSet, string AddressWhiteSet, string MacWhiteSet)
{
    /// <summary>The command that makes it.</summary>
    public override string ToString() =>
        $"auth id={Id},szone={Zone},type={(Type == AuthType.Auto ? "auto" : "web")},sipgrp={SourceSet},ipwhite={AddressWhiteSet},macwhite={MacWhiteSet}";
}
