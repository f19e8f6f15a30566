"""Trains models with XGBoost, writes each as JSON and as UBJSON into the folder that is given, with a file of inputs and of what the library itself answers."""
import json, os, sys
import numpy as np
import pandas as pd
import xgboost as xgb

ROOT = sys.argv[1]
ONLY = sys.argv[2:]
ROWS = 300


def save(name, booster, data, answer=None, columns=None, sklearn=None, cases=None):
    """One folder for each format; the booster's own answer unless another is given."""
    if ONLY and name not in ONLY:
        return
    for extension in ("json", "ubj"):
        folder = os.path.join(ROOT, f"{name}-{extension}")
        os.makedirs(folder)
        (sklearn or booster).save_model(os.path.join(folder, f"model.{extension}"))
    x = cases if cases is not None else data
    x = x.to_numpy(float) if isinstance(x, pd.DataFrame) else np.asarray(x, float)
    if answer is None:
        answer = booster.predict(data if isinstance(data, xgb.DMatrix) else matrix(data))
    with open(os.path.join(ROOT, f"{name}.cases.json"), "w") as f:
        json.dump({"xgboost": xgb.__version__, "columns": columns, "x": [[None if np.isnan(v) else v for v in row] for row in x.tolist()],
                   "prediction": np.asarray(answer, np.float64).tolist()}, f)


def matrix(x, y=None, **more):
    return xgb.DMatrix(x, y, enable_categorical=True, **more)


rng = np.random.default_rng(7)
x = rng.normal(size=(900, 10))
signal = x[:, 0] - 2 * x[:, 1] * x[:, 2] + np.sin(3 * x[:, 3]) + 0.3 * rng.normal(size=900)
y = (signal > 0).astype(int)
classes = np.digitize(signal, [-1.5, 0, 1.5])
train, test = slice(0, 600), slice(600, 600 + ROWS)
base = {"nthread": 1, "seed": 7, "max_depth": 5, "eta": 0.2}

for objective, target in [("binary:logistic", y), ("binary:logitraw", y), ("binary:hinge", y), ("reg:logistic", y), ("reg:squarederror", signal),
                          ("reg:squaredlogerror", np.abs(signal)), ("reg:pseudohubererror", signal), ("reg:absoluteerror", signal), ("count:poisson", np.round(np.abs(signal) * 3)), ("reg:gamma", np.abs(signal) + 0.1),
                          ("reg:tweedie", np.abs(signal)), ("survival:cox", np.abs(signal) + 0.1)]:
    booster = xgb.train({**base, "objective": objective, "base_score": 0.4}, matrix(x[train], target[train]), 40)
    save(objective.replace(":", "-"), booster, x[test])

aft = matrix(x[train])
aft.set_float_info("label_lower_bound", np.exp(signal[train]))
aft.set_float_info("label_upper_bound", np.exp(signal[train]) + 1)
save("survival-aft", xgb.train({**base, "objective": "survival:aft"}, aft, 20), x[test])

for objective in ("multi:softprob", "multi:softmax"):
    save(objective.replace(":", "-"), xgb.train({**base, "objective": objective, "num_class": 4}, matrix(x[train], classes[train]), 30), x[test])

for objective in ("rank:pairwise", "rank:ndcg", "rank:map"):
    ranked = matrix(x[train], y[train] if objective == "rank:map" else classes[train])
    ranked.set_group([20] * 30)
    save(objective.replace(":", "-"), xgb.train({**base, "objective": objective}, ranked, 30), x[test])

# Missing values in training and in what is asked, zeros that are values, and rows of nothing.
holes = x.copy()
holes[rng.random(holes.shape) < 0.3] = np.nan
holes[rng.random(holes.shape) < 0.1] = 0.0
holes[600:605] = np.nan
save("missing", xgb.train({**base, "objective": "binary:logistic"}, matrix(holes[train], y[train]), 60), holes[test])

# A data frame with names and categories; what is asked has categories that were never seen.
frame = pd.DataFrame({"age": np.abs(x[:, 0]) * 20, "city": pd.Categorical(rng.integers(0, 40, 900), categories=range(40)), "fare": x[:, 1],
                      "deck": pd.Categorical(rng.integers(0, 5, 900), categories=range(5))})
labels = ((frame["city"].cat.codes % 7 < 3) ^ (frame["deck"].cat.codes == 2) ^ (x[:, 0] > 0.7)).astype(int).to_numpy()
codes = pd.DataFrame({c: frame[c].cat.codes.astype(float) if c in ("city", "deck") else frame[c] for c in frame})
codes.iloc[600:640, 1] = np.nan
codes.iloc[640:660, 3] = np.nan
codes.iloc[660:680, 0] = np.nan
for method in ("hist", "approx"):
    for largest in (1, 64):
        booster = xgb.train({**base, "objective": "binary:logistic", "tree_method": method, "max_cat_to_onehot": largest}, matrix(frame[train], labels[train]), 40)
        asked = xgb.DMatrix(codes[test].to_numpy(float), feature_names=list(frame.columns), feature_types=["float", "c", "float", "c"], enable_categorical=True)
        save(f"categories-{method}-{largest}", booster, asked, columns=list(frame.columns), cases=codes[test])
wild = codes[test].to_numpy(float).copy()
wild[:100, 1] = 41 + np.arange(100) * 7
wild[100:120, 1] = 3.7
booster = xgb.train({**base, "objective": "binary:logistic", "tree_method": "hist", "max_cat_to_onehot": 1}, matrix(frame[train], labels[train]), 40)
save("categories-unseen", booster, xgb.DMatrix(wild, feature_names=list(frame.columns), feature_types=["float", "c", "float", "c"], enable_categorical=True), columns=list(frame.columns), cases=wild)

for normalize in ("tree", "forest"):
    booster = xgb.train({**base, "booster": "dart", "rate_drop": 0.3, "normalize_type": normalize, "objective": "binary:logistic"}, matrix(x[train], y[train]), 40)
    save(f"dart-{normalize}", booster, x[test])
save("dart-classes", xgb.train({**base, "booster": "dart", "rate_drop": 0.3, "objective": "multi:softprob", "num_class": 4}, matrix(x[train], classes[train]), 20), x[test])

save("forest", xgb.train({**base, "eta": 1, "num_parallel_tree": 25, "subsample": 0.7, "colsample_bynode": 0.5, "objective": "binary:logistic"}, matrix(x[train], y[train]), 2), x[test])
save("pruned", xgb.train({**base, "gamma": 2, "max_depth": 8, "tree_method": "exact", "objective": "reg:squarederror"}, matrix(x[train], signal[train]), 30), x[test])
save("linear", xgb.train({"booster": "gblinear", "nthread": 1, "objective": "reg:squarederror"}, matrix(x[train], signal[train]), 20), holes[test])
save("linear-classes", xgb.train({"booster": "gblinear", "nthread": 1, "objective": "multi:softprob", "num_class": 4}, matrix(x[train], classes[train]), 20), x[test])
save("targets", xgb.train({**base, "objective": "reg:squarederror"}, matrix(x[train], np.stack([signal, -signal, x[:, 5]], 1)[train]), 20), x[test])
save("hundred", xgb.train({**base, "max_depth": 6, "objective": "binary:logistic"}, matrix(x[train], y[train]), 100), x[test])

# Stopped early: the booster answers with all trees, scikit-learn's class with the best of them.
early = dict(n_estimators=200, max_depth=6, learning_rate=0.5, n_jobs=1, random_state=7, early_stopping_rounds=10)
classifier = xgb.XGBClassifier(**early).fit(x[train], y[train], eval_set=[(x[test], y[test])], verbose=False)
assert classifier.best_iteration + 1 < classifier.get_booster().num_boosted_rounds()
save("early-booster", classifier.get_booster(), x[test])
save("early-sklearn", classifier.get_booster(), x[test], classifier.predict_proba(x[test])[:, 1], sklearn=classifier)
many = xgb.XGBClassifier(num_parallel_tree=3, subsample=0.8, **early).fit(x[train], classes[train], eval_set=[(x[test], classes[test])], verbose=False)
save("early-sklearn-classes", many.get_booster(), x[test], many.predict_proba(x[test]), sklearn=many)

if int(xgb.__version__.split(".")[0]) >= 2:
    save("quantile", xgb.train({**base, "objective": "reg:quantileerror", "quantile_alpha": 0.8}, matrix(x[train], signal[train]), 20), x[test])
    save("vector-leaf", xgb.train({**base, "multi_strategy": "multi_output_tree", "tree_method": "hist"}, matrix(x[train], np.stack([signal, -signal], 1)[train]), 2), x[test][:2])

if not ONLY:
    booster.save_model(os.path.join(ROOT, "old.model"))
