using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>How an objective makes an answer of margins, and a margin of the base score (src/objective).</summary>
internal abstract class XgboostObjective
{
    private const float Epsilon = 1e-6f;

    /// <summary>Numbers in a row's answer.</summary>
    public virtual int Width(int groups) => groups;

    /// <summary>What the base score adds to each row.</summary>
    public abstract float ToMargin(float baseScore);

    /// <summary>Makes answers of margins, in place where they are as many.</summary>
    public abstract float[] Transform(float[] margins, int groups);

    /// <summary>The objective of a name.</summary>
    /// <param name="name">Such as <c>binary:logistic</c>.</param>
    /// <param name="groups">Groups of trees.</param>
    public static XgboostObjective Of(string name, int groups) => name switch
    {
        "binary:logistic" or "reg:logistic" => new Logistic(),
        "binary:logitraw" or "reg:squarederror" or "reg:linear" or "reg:squaredlogerror" or "reg:pseudohubererror" or "reg:absoluteerror"
            or "rank:pairwise" or "rank:ndcg" or "rank:map" => new Plain(),
        // Several quantiles are put in order by some versions of the library and not by others.
        "reg:quantileerror" when groups == 1 => new Plain(),
        "binary:hinge" => new Hinge(),
        "count:poisson" or "reg:gamma" or "reg:tweedie" or "survival:cox" or "survival:aft" => new Exponential(),
        "multi:softprob" => new Softmax(),
        "multi:softmax" => new MostLikely(),
        "reg:quantileerror" => throw new ModelException("The model predicts several quantiles, which this server does not run. Train one model for each."),
        _ => throw new ModelException($"The model's objective '{(name.Length > 60 ? name[..60] + "…" : name)}' is none that this server knows."),
    };

    private sealed class Plain : XgboostObjective
    {
        public override float ToMargin(float baseScore) => baseScore;

        public override float[] Transform(float[] margins, int groups) => margins;
    }

    private sealed class Logistic : XgboostObjective
    {
        public override float ToMargin(float baseScore) => baseScore is >= 0 and <= 1
            ? -MathF.Log((1f / Math.Clamp(baseScore, Epsilon, 1f - Epsilon)) - 1f)
            : throw new ModelException("The model's base_score is no probability.");

        public override float[] Transform(float[] margins, int groups)
        {
            for (var i = 0; i < margins.Length; i++) margins[i] = 1f / (MathF.Exp(Math.Min(-margins[i], 88.7f)) + 1f + 1e-16f);
            return margins;
        }
    }

    private sealed class Hinge : XgboostObjective
    {
        public override float ToMargin(float baseScore) => baseScore;

        public override float[] Transform(float[] margins, int groups)
        {
            for (var i = 0; i < margins.Length; i++) margins[i] = margins[i] > 0 ? 1 : 0;
            return margins;
        }
    }

    private sealed class Exponential : XgboostObjective
    {
        public override float ToMargin(float baseScore) => MathF.Log(baseScore);

        public override float[] Transform(float[] margins, int groups)
        {
            for (var i = 0; i < margins.Length; i++) margins[i] = MathF.Exp(margins[i]);
            return margins;
        }
    }

    private sealed class Softmax : XgboostObjective
    {
        public override float ToMargin(float baseScore) => baseScore;

        public override float[] Transform(float[] margins, int groups)
        {
            for (var first = 0; first < margins.Length; first += groups)
            {
                var row = margins.AsSpan(first, groups);
                var most = row[0];
                foreach (var margin in row) most = Math.Max(most, margin);
                var sum = 0.0;
                foreach (ref var margin in row)
                {
                    margin = MathF.Exp(margin - most);
                    sum += margin;
                }
                foreach (ref var margin in row) margin /= (float)sum;
            }
            return margins;
        }
    }

    private sealed class MostLikely : XgboostObjective
    {
        public override int Width(int groups) => 1;

        public override float ToMargin(float baseScore) => baseScore;

        public override float[] Transform(float[] margins, int groups)
        {
            var classes = new float[margins.Length / groups];
            for (var r = 0; r < classes.Length; r++)
            {
                var row = margins.AsSpan(r * groups, groups);
                var best = 0;
                // The first of equals.
                for (var g = 1; g < groups; g++)
                    if (row[g] > row[best]) best = g;
                classes[r] = best;
            }
            return classes;
        }
    }
}
