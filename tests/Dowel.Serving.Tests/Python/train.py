"""Trains the models of the tests in a folder; each with cases.json: what goes in and what scikit-learn itself answers."""

import json
import os
import pickle
import sys

import joblib
import numpy as np
import pandas
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

root = sys.argv[1]
iris = load_iris(as_frame=True)
X, y = iris.data.to_numpy(), iris.target.to_numpy()
names = np.array(["setosa", "versicolor", "virginica"], dtype=object)[y]
rows = X[::10]


def folder(name):
    path = os.path.join(root, name)
    os.makedirs(path)
    return path


def cases(path, model, inputs):
    answers = {"predict": model.predict(inputs).tolist()}
    if hasattr(model, "predict_proba"):
        answers["predict_proba"] = model.predict_proba(inputs).tolist()
    with open(os.path.join(path, "cases.json"), "w") as file:
        json.dump(answers, file)


for name, model, target in (
    ("logistic", LogisticRegression(max_iter=1000), y), ("forest", RandomForestClassifier(100, random_state=1, n_jobs=-1), names),
    ("svm", SVC(probability=True, random_state=1), names), ("trees", ExtraTreesRegressor(50, random_state=1), X[:, 3]),
    ("pipeline", make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), y),
):
    model.fit(X, target)
    path = folder(name)
    joblib.dump(model, os.path.join(path, "model.joblib"))
    cases(path, model, rows)

# MLflow's folder, with a plain pickle.
model = RandomForestClassifier(20, random_state=2).fit(iris.data, y)
path = folder("mlflow")
with open(os.path.join(path, "model.pkl"), "wb") as file:
    pickle.dump(model, file)
with open(os.path.join(path, "MLmodel"), "w") as file:
    file.write("""artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    model_path: model.pkl
    predict_fn: predict
    python_version: 3.11.2
  sklearn:
    code: null
    pickled_model: model.pkl
    serialization_format: cloudpickle
    sklearn_version: 1.2.1
mlflow_version: 2.9.2
utc_time_created: '2026-01-01 00:00:00'
""")
cases(path, model, iris.data[::10])

# Columns of numbers and of texts.
table = pandas.DataFrame({"age": [20.0, 30.0, 40.0, 50.0, 60.0, 70.0], "sex": ["m", "f", "m", "f", "m", "f"]})
model = make_pipeline(ColumnTransformer([("sex", OneHotEncoder(), ["sex"])], remainder="passthrough"), LogisticRegression()).fit(table, [0, 1, 0, 1, 1, 1])
path = folder("columns")
joblib.dump(model, os.path.join(path, "model.joblib"))
cases(path, model, table)

with open(os.path.join(root, "rows.json"), "w") as file:
    json.dump({"rows": rows.tolist(), "names": iris.data.columns.tolist()}, file)
