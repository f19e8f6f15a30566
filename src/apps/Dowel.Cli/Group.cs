using System.CommandLine;

namespace Dowel.Cli;

/// <summary>A noun: it only holds commands.</summary>
internal sealed class Group(string name, string description) : Command(name, description);
