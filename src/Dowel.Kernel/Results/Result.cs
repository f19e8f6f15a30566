using System.Diagnostics.CodeAnalysis;

namespace Dowel.Kernel.Results;

/// <summary>A value or an expected failure.</summary>
/// <typeparam name="T">The value's type.</typeparam>
public readonly struct Result<T>
{
    private readonly T? _value;
    private readonly Failure? _failure;

    private Result(T? value, Failure? failure) => (_value, _failure) = (value, failure);

    /// <summary>Whether it succeeded.</summary>
    public bool IsOk => _failure is null;

    /// <summary>The value; throws <see cref="FailureException"/> when it failed (inside a transaction that rolls it back).</summary>
    public T Value => _failure is null ? _value! : throw new FailureException(_failure);

    /// <summary>The failure, or null.</summary>
    public Failure? Failure => _failure;

    /// <summary>Takes it apart: true and the value, or false and the failure.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out Failure? failure)
    {
        (value, failure) = (_value, _failure);
        return _failure is null;
    }

    /// <summary>The same failure, or the value changed.</summary>
    public Result<TOut> Map<TOut>(Func<T, TOut> change) => _failure is null ? change(_value!) : _failure;

    /// <summary>A success.</summary>
    public static implicit operator Result<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator Result<T>(Failure failure) => new(default, failure);
}

/// <summary>The value of an operation that returns nothing.</summary>
public readonly record struct Unit
{
    /// <summary>The only value.</summary>
    public static readonly Unit Value;
}

/// <summary>Makes results of interface types, which C# does not convert implicitly.</summary>
public static class Result
{
    /// <summary>A success.</summary>
    public static Result<T> Ok<T>(T value) => value;

    /// <summary>A success without a value.</summary>
    public static Result<Unit> Done => Unit.Value;
}
