namespace Natflow.Management.Api.Models;

/// <summary>An answer in words, as Akka Management gives it.</summary>
/// <param name="Message">The words.</param>
public sealed record MessageModel(string Message);
