"""Trains a logistic regression on two overlapping clouds of points.

Needs nothing but Python. The values below are the configuration of the operation: Runyard shows
them, and writes those that you change into the copy of this file that a run gets.
"""

import json
import math
import random
import sys
import time

lr = 0.05
epochs = 40
samples = 400
noise = 1.2
seed = 42
seconds_per_epoch = 0.2  # so that there is something to watch


def make_data(count):
    """Points around (-1, -1) with label 0 and around (1, 1) with label 1."""
    data = []
    for i in range(count):
        label = i % 2
        center = 1.0 if label else -1.0
        data.append((random.gauss(center, noise), random.gauss(center, noise), label))
    return data


def predict(model, x, y):
    w1, w2, bias = model
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, w1 * x + w2 * y + bias))))


def evaluate(model, data):
    loss = correct = 0.0
    for x, y, label in data:
        p = min(max(predict(model, x, y), 1e-12), 1.0 - 1e-12)
        loss -= math.log(p if label else 1.0 - p)
        correct += (p > 0.5) == bool(label)
    return loss / len(data), correct / len(data)


def train_epoch(model, data):
    """One pass of stochastic gradient descent; returns the new model."""
    w1, w2, bias = model
    random.shuffle(data)
    for x, y, label in data:
        error = predict((w1, w2, bias), x, y) - label
        w1 -= lr * error * x
        w2 -= lr * error * y
        bias -= lr * error
        # A little weight decay keeps the model modest.
        w1 *= 1 - lr * 1e-3
        w2 *= 1 - lr * 1e-3
    return w1, w2, bias


def show_progress(done, started):
    """A progress bar in the manner of tqdm, on standard error like tqdm's."""
    spent = time.monotonic() - started
    left = spent / done * (epochs - done)
    bar = ("#" * round(10 * done / epochs)).ljust(10)
    percent = 100 * done // epochs
    times = f"{spent:04.1f}s<{left:04.1f}s"
    print(f"\r{percent:3d}%|{bar}| {done}/{epochs} [{times}]", end="", file=sys.stderr, flush=True)


def main():
    random.seed(seed)
    training, test = make_data(samples), make_data(samples)
    model = (0.0, 0.0, 0.0)
    history = []
    print(f"Training on {samples} points: lr={lr} epochs={epochs} noise={noise}", flush=True)
    started = time.monotonic()
    for epoch in range(1, epochs + 1):
        model = train_epoch(model, training)
        loss, accuracy = evaluate(model, test)
        history.append((epoch, loss, accuracy))
        time.sleep(seconds_per_epoch)
        show_progress(epoch, started)
        if epoch % 8 == 0 or epoch == epochs:
            print(file=sys.stderr, flush=True)
            print(f"epoch {epoch:3d}  loss {loss:.4f}  accuracy {accuracy:.3f}", flush=True)

    with open("history.csv", "w") as f:
        f.write("epoch,loss,accuracy\n")
        f.writelines(f"{e},{l:.6f},{a:.4f}\n" for e, l, a in history)
    with open("model.json", "w") as f:
        json.dump({"weights": model[:2], "bias": model[2]}, f)
    # What is in summary.json becomes the summary of the run.
    with open("summary.json", "w") as f:
        json.dump({
            "metrics": {
                "loss": round(loss, 4),
                "accuracy": {"value": round(accuracy, 4), "label": "Test accuracy"},
            },
            "attributes": {"model": "logistic regression"},
        }, f)
    print("Wrote model.json, history.csv and summary.json")


if __name__ == "__main__":
    main()
