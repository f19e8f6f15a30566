import unittest

import numpy as np

from dowel_runner.errors import LoadError, PredictError
from dowel_runner.flavors import load
from dowel_runner.flavors.python_class import PythonClass
from dowel_runner.model import has, rows_of
from dowel_runner.tensors import specs_of

from .folders import FolderTest

AGES, FARES = np.array([30.0, 40.0]), np.array([7.0, 8.0])


def predicting(predict):
    return PythonClass(type("Model", (), {"predict": predict})(), [], [])


def answer(predict, **inputs):
    model = predicting(predict)
    return model.answer(model.call(inputs), rows_of(inputs))


def frame_annotated(self, X):
    return X["age"] + X["fare"]


frame_annotated.__annotations__["X"] = "pandas.DataFrame"


def by_annotation(annotation, body):
    def predict(self, X):
        return body(X)
    predict.__annotations__["X"] = annotation
    return predict


class Inputs(unittest.TestCase):
    def check(self, predict):
        (tensor,) = answer(predict, age=AGES, fare=FARES)
        self.assertEqual([37.0, 48.0], tensor.array.tolist())

    def test_a_matrix_is_what_an_array_annotation_asks_for(self):
        self.check(by_annotation(np.ndarray, lambda X: X.sum(axis=1)))
        self.check(by_annotation("np.ndarray", lambda X: X.sum(axis=1)))

    def test_a_dict_and_a_list_are_what_their_annotations_ask_for(self):
        self.check(by_annotation(dict, lambda X: X["age"] + X["fare"]))
        self.check(by_annotation("Dict[str, np.ndarray]", lambda X: X["age"] + X["fare"]))
        self.check(by_annotation(list, lambda X: [sum(row) for row in X]))

    @unittest.skipUnless(has("pandas"), "needs pandas")
    def test_a_data_frame_is_what_its_annotation_or_none_asks_for(self):
        self.check(frame_annotated)
        self.check(lambda self, X: X.age + X.fare)

    def test_columns_reach_the_arguments_of_their_names(self):
        self.check(lambda self, age, fare: age + fare)
        self.check(lambda self, fare, age, bonus=0: age + fare + bonus)
        self.check(lambda self, age, **rest: age + rest["fare"])
        self.check(lambda self, **columns: columns["age"] + columns["fare"])

    def test_a_class_for_seldon_gets_a_matrix_and_its_names(self):
        self.check(lambda self, X, features_names=None: X[:, features_names.index("age")] + X[:, 1])
        self.check(lambda self, X, names, meta=None: X.sum(axis=1))

    def test_one_array_comes_as_it_is(self):
        seen = []
        answer(lambda self, X: seen.append(X) or X, image=np.zeros((2, 3, 4), dtype="f4"))
        self.assertEqual((2, 3, 4), seen[0].shape)

    def test_a_declared_column_has_one_dimension_however_it_was_sent(self):
        seen = []
        model = PythonClass(type("Model", (), {"predict": lambda self, name, box, other: seen.extend([name, box, other])})(), specs_of([{"name": "name", "datatype": "BYTES"}, {"name": "box", "shape": [-1, 1]}]), [])
        model.call({"name": np.array([["a"], ["b"]], dtype=object), "box": np.ones((2, 1)), "other": np.ones((2, 1))})
        self.assertEqual([(2,), (2, 1), (2, 1)], [array.shape for array in seen])

    def test_numbers_beside_texts_stay_numbers(self):
        seen = []
        answer(lambda self, X, names: seen.append(X) or [1, 2], age=AGES, name=np.array(["a", None], dtype=object))
        self.assertEqual([[30.0, "a"], [40.0, None]], seen[0].tolist())

    def test_a_missing_argument_is_named(self):
        with self.assertRaisesRegex(PredictError, "The input 'sex' is missing; predict takes age, sex."):
            answer(lambda self, age, sex: age, age=AGES)
        with self.assertRaisesRegex(PredictError, "The input 'fare' is none of predict's arguments: age, sex."):
            answer(lambda self, age, sex: age, age=AGES, sex=AGES, fare=FARES)


class Outputs(unittest.TestCase):
    def tensor(self, value, x=AGES):
        (tensor,) = answer(lambda self, X: value, x=x)
        return tensor.name, tensor.datatype, tensor.array.tolist()

    def test_arrays_lists_and_scalars_are_outputs(self):
        self.assertEqual(("output", "FP64", [1.0, 2.0]), self.tensor(np.array([1.0, 2.0])))
        self.assertEqual(("output", "INT64", [1, 2]), self.tensor([1, 2]))
        self.assertEqual(("output", "FP32", [[1.0], [2.0]]), self.tensor(np.array([[1], [2]], dtype="f4")))
        self.assertEqual(("output", "FP64", [3.5]), self.tensor(3.5, AGES[:1]))
        self.assertEqual(("output", "FP64", [[0.1, 0.9]]), self.tensor([0.1, 0.9], AGES[:1]))
        self.assertEqual(("output", "BYTES", ["yes"]), self.tensor("yes", AGES[:1]))

    def test_objects_of_one_kind_become_that_kind(self):
        self.assertEqual(("output", "BYTES", ["a", None]), self.tensor(["a", None]))
        self.assertEqual(("output", "BYTES", ["a", "b"]), self.tensor(np.array([b"a", b"b"])))
        self.assertEqual("FP64", self.tensor([1, None])[1])
        self.assertTrue(np.isnan(self.tensor([1, None])[2][1]))
        self.assertEqual(("output", "BOOL", [True, False]), self.tensor(np.array([True, False], dtype=object)))
        self.assertEqual(("output", "BYTES", ["2026-01-02", "2026-01-03"]), self.tensor(np.array(["2026-01-02", "2026-01-03"], dtype="datetime64[D]")))
        self.assertEqual(("output", "INT32", [1, 2]), self.tensor(np.array([1, 2], dtype=">i4")))

    def test_dicts_and_tuples_are_several_outputs(self):
        self.assertEqual(["a", "b"], [t.name for t in answer(lambda self, X: {"a": X, "b": X}, x=AGES)])
        self.assertEqual(["output_0", "output_1"], [t.name for t in answer(lambda self, X: (X, X), x=AGES)])

    @unittest.skipUnless(has("pandas"), "needs pandas")
    def test_frames_and_series_are_outputs(self):
        import pandas
        self.assertEqual(["a", "b"], [t.name for t in answer(lambda self, X: pandas.DataFrame({"a": X, "b": ["x", "y"]}), x=AGES)])
        self.assertEqual(("output", "BYTES", ["x", "y"]), self.tensor(pandas.Series(["x", "y"], dtype="category")))

    def test_what_cannot_be_sent_is_told(self):
        for value, message in (
            (None, "returned nothing"), ({}, "returned no output"), ([1.0], "has 1 rows for 2"), ([[1], [1, 2]], "differ in length"),
            (np.array([1j, 2j]), "complex128, which cannot be sent"), ([object(), object()], "values of type object"), (["a", 1], "values of type int, str"),
            (np.array([b"\xff", b"a"]), "no text in UTF-8"),
        ):
            with self.subTest(message), self.assertRaisesRegex(PredictError, message):
                self.tensor(value)


class Folders(FolderTest):
    def fails(self, message, **files):
        with self.assertRaisesRegex(LoadError, message):
            load("python", self.folder(**files))

    def test_the_one_class_with_predict_is_found(self):
        model = load("python", self.folder(scoring="""
            class Base:
                def predict(self, X): raise NotImplementedError
            class Scorer(Base):
                inputs = {"x": "FP32"}
                def predict(self, X): return X
            """))
        self.assertEqual([("x", "FP32", (-1,))], model.inputs)

    def test_what_is_wrong_with_a_folder_is_told(self):
        self.fails("no model.py")
        self.fails("no class with a method predict", model="class Model: pass")
        self.fails(r"several classes with a method predict \(A, B\)", model="class A:\n  def predict(self, X): pass\nclass B:\n  def predict(self, X): pass")
        self.fails("several Python files", one="", two="")
        self.fails("dowel.json is no JSON", model="", dowel_json="{")
        self.fails("dowel.json has the key 'clas'", model="", dowel_json='{"clas": "A"}')
        self.fails("no class B", model="class A:\n  def predict(self, X): pass", dowel_json='{"class": "model.B"}')
        self.fails("'FP31' is no data type", model="class A:\n  inputs = {'x': 'FP31'}\n  def predict(self, X): pass")
        self.fails("load takes a, b", model="class A:\n  def load(self, a, b): pass\n  def predict(self, X): pass")
        self.fails("predict takes no input", model="class A:\n  def predict(self): pass")


if __name__ == "__main__":
    unittest.main()
