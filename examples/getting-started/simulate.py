"""Simulates a magnet: the two-dimensional Ising model with the Metropolis method.

Below a temperature of about 2.27 the spins line up, above it they do not. Try both.
"""

import json
import math
import random
import sys
import time

temperature = 1.8
field = 0.0
sweeps = 120
warmup = 40
seed = 7
lattice = {"width": 40, "height": 16}
seconds_per_sweep = 0.03


def neighbours(spins, x, y):
    height, width = len(spins), len(spins[0])
    return (spins[y - 1][x] + spins[(y + 1) % height][x]
            + spins[y][x - 1] + spins[y][(x + 1) % width])


def sweep(spins):
    """Offers every place a flip once on average; returns how many were taken."""
    height, width = len(spins), len(spins[0])
    flips = 0
    for _ in range(width * height):
        x, y = random.randrange(width), random.randrange(height)
        cost = 2 * spins[y][x] * (neighbours(spins, x, y) + field)
        if cost <= 0 or random.random() < math.exp(-cost / temperature):
            spins[y][x] = -spins[y][x]
            flips += 1
    return flips


def measure(spins):
    """Magnetization and energy per spin."""
    places = [(x, y) for y in range(len(spins)) for x in range(len(spins[0]))]
    magnetization = sum(spins[y][x] for x, y in places)
    energy = sum(-spins[y][x] * (neighbours(spins, x, y) / 2 + field) for x, y in places)
    return magnetization / len(places), energy / len(places)


def main():
    random.seed(seed)
    width, height = lattice["width"], lattice["height"]
    spins = [[random.choice((-1, 1)) for _ in range(width)] for _ in range(height)]
    print(f"{width} x {height} spins at temperature {temperature}", flush=True)
    if abs(temperature - 2.269) < 0.1:
        print("note: near the critical temperature the result varies much", file=sys.stderr, flush=True)
    samples = []
    for step in range(1, sweeps + 1):
        flips = sweep(spins)
        time.sleep(seconds_per_sweep)
        if step == warmup:
            print(f"warm-up ends after {warmup} sweeps", file=sys.stderr, flush=True)
        if step > warmup:
            samples.append(measure(spins))
        if step % 20 == 0:
            magnetization, energy = measure(spins)
            rate = flips / (width * height)
            print(f"sweep {step:4d}  m {magnetization:+.3f}  e {energy:+.3f}  flips {rate:.1%}", flush=True)

    print()
    for row in spins:
        print("".join("#" if spin > 0 else "." for spin in row))
    if not samples:
        print("no sweeps are left after the warm-up: nothing was measured", file=sys.stderr)
        sys.exit(1)
    mean_m = sum(abs(m) for m, _ in samples) / len(samples)
    mean_e = sum(e for _, e in samples) / len(samples)
    with open("summary.json", "w") as f:
        json.dump({
            "metrics": {"magnetization": round(mean_m, 4), "energy": round(mean_e, 4)},
            "attributes": {"phase": "ordered" if mean_m > 0.5 else "disordered"},
        }, f)
    print(f"\nmean |m| {mean_m:.3f}, mean energy {mean_e:.3f}")


if __name__ == "__main__":
    main()
