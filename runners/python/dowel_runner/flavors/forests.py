"""
Forests without scikit-learn's scaffolding. It hands every tree to a pool and checks the input again for each, which for one row takes several times
what the trees take. Here the trees are asked directly, in the same order and with the same sums, so the answers are the same bits.
"""

import numpy as np


def fast_forest(estimator):
    """A function (X, methods) → answers, or None for what is no plain forest. The function gives None for what it leaves to the estimator."""
    kinds = {cls.__name__ for cls in type(estimator).__mro__ if cls.__module__.startswith("sklearn.")}
    trees = getattr(estimator, "estimators_", None)
    if type(estimator).__module__ != "sklearn.ensemble._forest" or not trees or getattr(estimator, "n_outputs_", 0) != 1:
        return None
    if not all(getattr(tree, "tree_", None) is not None for tree in trees):
        return None
    fast = _classifier(estimator, trees) if "ForestClassifier" in kinds else _regressor(estimator, trees) if "ForestRegressor" in kinds else None
    return fast if fast is not None and _agrees(estimator, fast) else None


def _input(X, width):
    """The input as trees take it, or None for one that the estimator had better judge itself."""
    if not isinstance(X, np.ndarray) or X.ndim != 2 or X.shape[1] != width or X.dtype.kind not in "fiu" or not X.shape[0]:
        return None
    X = np.ascontiguousarray(X, dtype=np.float32)
    return X if np.isfinite(X).all() else None


def _classifier(estimator, trees):
    width, classes, count = estimator.n_features_in_, estimator.classes_, len(trees)
    predictors = [tree.tree_.predict for tree in trees]

    def fast(X, methods):
        X = _input(X, width)
        if X is None:
            return None
        total = np.zeros((X.shape[0], len(classes)))
        for predict in predictors:
            shares = predict(X)[:, :len(classes)]
            sums = shares.sum(axis=1)[:, np.newaxis]
            sums[sums == 0.0] = 1.0
            total += shares / sums
        total /= count
        return tuple(total if method == "predict_proba" else classes.take(total.argmax(axis=1), axis=0) for method in methods)
    return fast


def _regressor(estimator, trees):
    width, count = estimator.n_features_in_, len(trees)
    predictors = [tree.tree_.predict for tree in trees]

    def fast(X, methods):
        X = _input(X, width)
        if X is None or methods != ("predict",):
            return None
        total = np.zeros(X.shape[0])
        for predict in predictors:
            total += predict(X)[:, 0]
        total /= count
        return (total,)
    return fast


def _agrees(estimator, fast):
    """Whether it answers as the estimator does. Thresholds of the trees themselves make rows that reach many leaves."""
    rows = 64
    random = np.random.RandomState(7)
    X = np.zeros((rows, estimator.n_features_in_))
    for tree in estimator.estimators_[:16]:
        known = tree.tree_.feature >= 0
        for feature, threshold in zip(tree.tree_.feature[known][:64], tree.tree_.threshold[known][:64]):
            X[random.randint(rows), feature] = threshold + random.choice((-1e-3, 0.0, 1e-3))
    methods = ("predict", "predict_proba") if hasattr(estimator, "predict_proba") else ("predict",)
    try:
        quick = fast(X, methods)
        return quick is not None and all(np.array_equal(mine, getattr(estimator, method)(X)) for mine, method in zip(quick, methods))
    except Exception:  # Another version of scikit-learn, with other insides.
        return False
