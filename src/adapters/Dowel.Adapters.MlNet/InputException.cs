namespace Dowel.Adapters.MlNet;

/// <summary>An input that the model cannot take; found before the model ran.</summary>
internal sealed class InputException(string message) : Exception(message);
