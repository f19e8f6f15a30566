import json

import numpy as np


class Penguins:
    """Guesses a penguin's species by its nearest typical one."""

    inputs = {"bill_length": float, "bill_depth": float}
    outputs = {"species": str, "distance": float}

    def __init__(self, unit=1.0):
        # Parameters come from dowel.json.
        self.unit = unit

    def load(self, folder):
        # Called once, before the first request. The folder is also the working directory.
        with open(f"{folder}/typical.json") as file:
            typical = json.load(file)
        self.names = np.array(list(typical))
        self.centers = np.array(list(typical.values()))

    def predict(self, bill_length, bill_depth):
        # One array for each input, a value for each row.
        birds = np.stack([bill_length, bill_depth], axis=1) * self.unit
        distances = np.linalg.norm(birds[:, None] - self.centers, axis=2)
        self.far = int((distances.min(axis=1) > 10).sum())
        return {"species": self.names[distances.argmin(axis=1)], "distance": distances.min(axis=1)}

    def tags(self):
        return {"method": "nearest"}

    def metrics(self):
        return [{"type": "COUNTER", "key": "strange_birds", "value": self.far}]
