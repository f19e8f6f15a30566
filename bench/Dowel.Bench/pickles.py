"""Trains what MLServer's figures were measured with, and writes it as pickles into the folder that is given: logistic regression, and a forest of 100 trees over 10 features."""
import os, pickle, sys
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

iris = load_iris()
x, y = make_classification(n_samples=2000, n_features=10, n_informative=6, random_state=7)
models = {"logistic": LogisticRegression(max_iter=1000).fit(iris.data, iris.target), "forest": RandomForestClassifier(n_estimators=100, random_state=7).fit(x, y)}
for name, model in models.items():
    os.makedirs(os.path.join(sys.argv[1], name))
    with open(os.path.join(sys.argv[1], name, "model.pkl"), "wb") as file:
        pickle.dump(model, file)
