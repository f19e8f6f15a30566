"""Trains models with scikit-learn and PyTorch, writes them as ONNX into the folder that is given, each with a file of inputs and of what the library itself answers."""
import json, os, sys
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

ROOT = sys.argv[1]
ML = [helper.make_opsetid("", 13), helper.make_opsetid("ai.onnx.ml", 2)]


def save(name, nodes, inputs, outputs, cases, initializers=()):
    folder = os.path.join(ROOT, name)
    os.makedirs(folder)
    model = helper.make_model(helper.make_graph(nodes, name, inputs, outputs, list(initializers)), opset_imports=ML)
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    write_cases(name, cases)


def write_cases(name, cases):
    with open(os.path.join(ROOT, name, "cases.json"), "w") as f:
        json.dump(cases, f)


def tensor(name, kind, shape):
    return helper.make_tensor_value_info(name, kind, shape)


def forest_nodes(forest, scores):
    """Each leaf adds its share of a tree's vote. Thresholds go down to the next float, so that x <= t means the same."""
    a = {k: [] for k in ("nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes", "nodes_truenodeids", "nodes_falsenodeids",
                         "target_treeids", "target_nodeids", "target_ids", "target_weights")}
    for t, estimator in enumerate(forest.estimators_):
        tree = estimator.tree_
        for n in range(tree.node_count):
            leaf = tree.children_left[n] < 0
            threshold = np.float32(tree.threshold[n])
            if threshold > tree.threshold[n]:
                threshold = np.nextafter(threshold, np.float32(-np.inf))
            a["nodes_treeids"].append(t)
            a["nodes_nodeids"].append(n)
            a["nodes_featureids"].append(0 if leaf else int(tree.feature[n]))
            a["nodes_values"].append(0.0 if leaf else float(threshold))
            a["nodes_modes"].append("LEAF" if leaf else "BRANCH_LEQ")
            a["nodes_truenodeids"].append(0 if leaf else int(tree.children_left[n]))
            a["nodes_falsenodeids"].append(0 if leaf else int(tree.children_right[n]))
            if leaf:
                votes = tree.value[n][0] / tree.value[n][0].sum() / len(forest.estimators_)
                for c, v in enumerate(votes):
                    a["target_treeids"].append(t)
                    a["target_nodeids"].append(n)
                    a["target_ids"].append(c)
                    a["target_weights"].append(float(v))
    return [helper.make_node("TreeEnsembleRegressor", ["X"], [scores], domain="ai.onnx.ml", n_targets=2, **a),
            helper.make_node("ArgMax", [scores], ["output_label"], axis=1, keepdims=0)]


def maps(key):
    value = onnx.ValueInfoProto(name="output_probability")
    scores = value.type.sequence_type.elem_type.map_type
    scores.key_type = key
    scores.value_type.tensor_type.elem_type = TensorProto.FLOAT
    return value


x, y = make_classification(600, 10, n_informative=6, random_state=7)
x = x.astype(np.float32)
forest = RandomForestClassifier(100, random_state=7).fit(x[:400], y[:400])
answer = {"label": forest.predict(x[400:]).tolist(), "scores": forest.predict_proba(x[400:]).tolist(), "x": x[400:].tolist()}
save("forest", forest_nodes(forest, "output_probability"), [tensor("X", TensorProto.FLOAT, [None, 10])],
     [tensor("output_label", TensorProto.INT64, [None]), tensor("output_probability", TensorProto.FLOAT, [None, 2])], answer)
save("forest-maps", forest_nodes(forest, "scores") + [helper.make_node("ZipMap", ["scores"], ["output_probability"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])],
     [tensor("X", TensorProto.FLOAT, [None, 10])], [tensor("output_label", TensorProto.INT64, [None]), maps(TensorProto.INT64)], answer)

iris = load_iris()
names = np.array(["setosa", "versicolor", "virginica"])
flowers = iris.data.astype(np.float32)
logistic = LogisticRegression(max_iter=1000).fit(flowers, names[iris.target])
strings = {"classlabels_strings": list(logistic.classes_)}
save("logistic-maps",
     [helper.make_node("LinearClassifier", ["X"], ["output_label", "scores"], domain="ai.onnx.ml", post_transform="SOFTMAX", multi_class=1,
                       coefficients=logistic.coef_.ravel().tolist(), intercepts=logistic.intercept_.tolist(), **strings),
      helper.make_node("ZipMap", ["scores"], ["output_probability"], domain="ai.onnx.ml", **strings)],
     [tensor("X", TensorProto.FLOAT, [None, 4])], [tensor("output_label", TensorProto.STRING, [None]), maps(TensorProto.STRING)],
     {"label": logistic.predict(flowers).tolist(), "scores": logistic.predict_proba(flowers).tolist(), "x": flowers.tolist()})

# A table with a text column, as converters write pipelines: an input of shape [n, 1] for each column.
save("columns",
     [helper.make_node("OneHotEncoder", ["sex"], ["hot"], domain="ai.onnx.ml", cats_strings=["female", "male"], zeros=1),
      helper.make_node("Reshape", ["hot", "two"], ["flat"]), helper.make_node("Concat", ["flat", "age"], ["all"], axis=1),
      helper.make_node("MatMul", ["all", "weights"], ["score"])],
     [tensor("sex", TensorProto.STRING, [None, 1]), tensor("age", TensorProto.FLOAT, [None, 1])], [tensor("score", TensorProto.FLOAT, [None, 1])],
     {"sex": ["female", "male", "other"], "age": [10.0, 20.0, 30.0], "score": [2.0 + 1.0, 3.0 + 2.0, 3.0]},
     [helper.make_tensor("two", TensorProto.INT64, [2], [-1, 2]), helper.make_tensor("weights", TensorProto.FLOAT, [3, 1], [2.0, 3.0, 0.1])])

kinds = ["BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FLOAT16", "FLOAT", "DOUBLE", "STRING"]
save("types", [helper.make_node("Identity", [f"in_{k}"], [f"out_{k}"]) for k in kinds],
     [tensor(f"in_{k}", getattr(TensorProto, k), [None, 2]) for k in kinds], [tensor(f"out_{k}", getattr(TensorProto, k), [None, 2]) for k in kinds], {})

# Reads its weights from a file outside of the model's folder.
outside = helper.make_tensor("w", TensorProto.FLOAT, [1], [0.0])
outside.ClearField("float_data")
outside.data_location = TensorProto.EXTERNAL
entry = outside.external_data.add()
entry.key, entry.value = "location", "../secret.bin"
with open(os.path.join(ROOT, "secret.bin"), "wb") as f:
    f.write(np.array([42.0], np.float32).tobytes())
folder = os.path.join(ROOT, "outside")
os.makedirs(folder)
model = helper.make_model(helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "outside", [tensor("x", TensorProto.FLOAT, [None])],
                                            [tensor("y", TensorProto.FLOAT, [None])], [outside]), opset_imports=ML)
model.ir_version = 8
with open(os.path.join(folder, "model.onnx"), "wb") as f:
    f.write(model.SerializeToString())

# Loops as long as it is told, to be cut off.
body = helper.make_graph([helper.make_node("Identity", ["go"], ["still"]), helper.make_node("Sin", ["v"], ["w"])], "body",
                         [tensor("i", TensorProto.INT64, []), tensor("go", TensorProto.BOOL, []), tensor("v", TensorProto.FLOAT, [None])],
                         [tensor("still", TensorProto.BOOL, []), tensor("w", TensorProto.FLOAT, [None])])
save("loop", [helper.make_node("Squeeze", ["times"], ["m"]), helper.make_node("Loop", ["m", "yes", "x"], ["y"], body=body)],
     [tensor("times", TensorProto.INT64, [1]), tensor("x", TensorProto.FLOAT, [None])], [tensor("y", TensorProto.FLOAT, [None])], {},
     [helper.make_tensor("yes", TensorProto.BOOL, [], [True])])

torch.manual_seed(7)
net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3), torch.nn.Softmax(dim=1))
optimizer = torch.optim.Adam(net.parameters(), 0.02)
features, target = torch.tensor(flowers.tolist()), torch.tensor(iris.target.tolist())
for _ in range(60):
    optimizer.zero_grad()
    torch.nn.functional.nll_loss(torch.log(net(features)), target).backward()
    optimizer.step()
os.makedirs(os.path.join(ROOT, "torch"))
net.eval()
torch.onnx.export(net, features[:1], os.path.join(ROOT, "torch", "net.onnx"), input_names=["features"], output_names=["probabilities"],
                  dynamic_axes={"features": {0: "n"}, "probabilities": {0: "n"}})
with torch.no_grad():
    write_cases("torch", {"x": flowers.tolist(), "scores": net(features).tolist()})
