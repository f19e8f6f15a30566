"""Computes figures.json, the reference figures of the statistical tests.

Run: python3 make_figures.py > figures.json   (the versions used stand in the file)

The samples are not stored: both sides make them with the same generator, the minimal standard one
of Park and Miller (s = s * 48271 mod 2^31-1, u = s / (2^31-1)), in plain double arithmetic.
"""
import json
import warnings
import numpy as np
import scipy
import scipy.stats as st
import sklearn
import sklearn.metrics as sm

warnings.simplefilter("ignore")


def uniform(seed, n):
    out, s = np.empty(n), seed
    for i in range(n):
        s = s * 48271 % 2147483647
        out[i] = s / 2147483647
    return out


def sample(spec):
    u = uniform(spec["seed"], spec["n"])
    v = u * spec["scale"] + spec["shift"]
    return np.floor(v * spec["levels"]) / spec["levels"] if spec["levels"] else v


def spec(seed, n, scale=1.0, shift=0.0, levels=0):
    return {"seed": seed, "n": n, "scale": scale, "shift": shift, "levels": levels}


def psi(r, c, bins=10, least=1e-4):
    edges = np.unique(np.quantile(r, np.arange(1, bins) / bins))
    rs = np.bincount(np.searchsorted(edges, r, side="left"), minlength=len(edges) + 1) / len(r)
    cs = np.bincount(np.searchsorted(edges, c, side="left"), minlength=len(edges) + 1) / len(c)
    rs, cs = np.maximum(rs, least), np.maximum(cs, least)
    return float(np.sum((cs - rs) * np.log(cs / rs)))


pairs = [
    (spec(1, 50), spec(2, 50)),
    (spec(1, 50), spec(2, 50, shift=0.3)),
    (spec(3, 50), spec(4, 37, shift=0.1)),
    (spec(5, 200, levels=12), spec(6, 150, scale=1.1, levels=12)),   # ties
    (spec(7, 200, levels=4), spec(8, 200, scale=1.5, levels=4)),     # ties, equal sizes
    (spec(9, 30), spec(10, 30, shift=2.0)),                          # apart
    (spec(11, 3000), spec(12, 1700, scale=1.03)),
    (spec(13, 3000), spec(14, 1000, shift=0.25)),                    # gcd > 1
    (spec(15, 10000), spec(16, 9999)),                               # the largest that are exact
    (spec(17, 5000), spec(18, 5000, shift=0.5)),                     # tiny p
    (spec(19, 12000), spec(20, 40, scale=1.2)),                      # asymptotic, few on one side
    (spec(21, 20000), spec(22, 15000)),                              # asymptotic, no drift
    (spec(21, 20000), spec(22, 15000, shift=0.01)),
    (spec(23, 20000, levels=50), spec(24, 15000, shift=0.05, levels=50)),  # asymptotic, ties
    (spec(25, 100000), spec(26, 200)),
    (spec(27, 20000), spec(28, 20000, shift=0.9)),                   # p underflows
]
ks = []
for a, b in pairs:
    x, y = sample(a), sample(b)
    r = st.ks_2samp(x, y, method="auto")
    ks.append({"a": a, "b": b, "statistic": float(r.statistic), "p": float(r.pvalue), "psi": psi(x, y)})

kstwo = [{"n": n, "x": x, "sf": float(st.kstwo.sf(x, n))} for n, x in [
    (5, 0.11), (5, 0.15), (5, 0.3), (5, 0.7), (5, 0.9), (30, 0.05), (30, 0.1), (30, 0.2), (30, 0.45), (100, 0.004), (100, 0.009), (100, 0.05),
    (100, 0.19), (100, 0.3), (140, 0.08), (141, 0.08), (1000, 0.0009), (1000, 0.01), (1000, 0.02), (1000, 0.03), (1000, 0.05), (1000, 0.2), (1000, 0.6), (8571, 0.004),
    (8571, 0.009), (8571, 0.02), (8571, 0.2), (50000, 0.0004), (50000, 0.002), (50000, 0.004), (50000, 0.01), (50000, 0.08)]]

tables = [
    [[10, 20, 30], [20, 20, 20]],
    [[577, 314], [466, 843]],
    [[1, 99], [2, 98]],
    [[100, 0], [0, 100]],
    [[5000, 0, 10], [0, 5000, 10]],
    [[120, 80, 55, 33, 12], [1200, 810, 540, 340, 125]],
]
chi2 = []
for t in tables:
    r = st.chi2_contingency(np.array(t), correction=False)
    chi2.append({"table": t, "statistic": float(r[0]), "p": float(r[1]), "dof": int(r[2])})
chi2sf = [{"x": x, "dof": d, "sf": float(st.chi2.sf(x, d))} for x, d in [
    (0.0, 1), (1e-8, 1), (0.5, 1), (3.84, 1), (30, 1), (1370, 1), (3, 2), (1381, 2), (10, 9), (60, 9), (1400, 9), (95, 99), (200, 99), (1500, 50), (2000, 1), (900, 1000), (1000, 999)]]


def holm(p):
    order, n = np.argsort(p, kind="stable"), len(p)
    out = np.empty(n)
    out[order] = np.minimum(1, np.maximum.accumulate(np.array(p)[order] * np.arange(n, 0, -1)))
    return [float(v) for v in out]


holms = [{"p": p, "adjusted": holm(p)} for p in [[0.01, 0.04, 0.03, 0.005], [0.5], [1e-300, 1.0, 0.2, 0.2], [0.02, 0.02, 0.02]]]

# Binary: truth follows a probability; the probability has ties.
u, v = uniform(101, 400), uniform(102, 400)
prob = np.floor(u * 20) / 20
truth = (v < 0.15 + 0.7 * prob).astype(int)
pred = (prob >= 0.5).astype(int)
binary = {
    "accuracy": sm.accuracy_score(truth, pred), "precision": sm.precision_score(truth, pred), "recall": sm.recall_score(truth, pred), "f1": sm.f1_score(truth, pred),
    "log_loss": sm.log_loss(truth, np.clip(prob, 2.220446049250313e-16, 1 - 2.220446049250313e-16)), "auc": sm.roc_auc_score(truth, prob),
    "confusion": sm.confusion_matrix(truth, pred).tolist(),
}
u, v = uniform(103, 300), uniform(104, 300)
names = np.array(["bird", "cat", "dog"])
truth = names[np.floor(u * 3).astype(int)]
pred = np.where(v < 0.6, truth, names[np.floor(v * 3).astype(int)])
multi = {
    "accuracy": sm.accuracy_score(truth, pred), "precision": sm.precision_score(truth, pred, average="macro", zero_division=0),
    "recall": sm.recall_score(truth, pred, average="macro", zero_division=0), "f1": sm.f1_score(truth, pred, average="macro", zero_division=0),
    "confusion": sm.confusion_matrix(truth, pred).tolist(),
}
u, v = uniform(105, 250), uniform(106, 250)
truth, pred = u * 10, u * 10 + (v - 0.5) * 3
regression = {"mae": sm.mean_absolute_error(truth, pred), "rmse": float(np.sqrt(sm.mean_squared_error(truth, pred))), "r2": sm.r2_score(truth, pred)}

print(json.dumps({
    "how": "python3 make_figures.py > figures.json",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__},
    "ks": ks, "kstwo": kstwo, "chi2": chi2, "chi2sf": chi2sf, "holm": holms, "binary": binary, "multi": multi, "regression": regression,
}, indent=1))
