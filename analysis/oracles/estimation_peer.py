"""Least squares and ridge in numpy on the sites of benches/error_estimation.rs.

Both solve sum(x) - master = sum(e*x) - a*master^2/mean - c on the energies of the intervals, as a
careful spreadsheet would: white noise, no register steps. The ridge penalises the errors alone,
its strength chosen by generalised cross-validation. Sites with shorter intervals are solved a
second time on sums of days, where register steps matter less. An alarm is |error| > 2 %.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import json
import pathlib
import resource
import sys
import time

import numpy as np

STRENGTHS = np.logspace(-6, 3, 37)


def problem(registers):
    """Design and right side of the balance, in units of the master's mean energy."""
    energy = np.diff(registers, axis=0)
    master, meters = energy[:, 0], energy[:, 1:]
    scale = master.mean()
    flow = master / scale
    losses = np.column_stack([-flow * flow, -np.ones_like(flow)])
    return np.hstack([meters / scale, losses]), (meters.sum(axis=1) - master) / scale


def least_squares(design, right):
    n, m = design.shape
    solution, *_ = np.linalg.lstsq(design, right, rcond=None)
    residual = right - design @ solution
    variance = residual @ residual / max(n - m, 1)
    covariance = np.linalg.pinv(design.T @ design) * variance
    return solution, np.sqrt(np.diag(covariance))


def ridge(design, right):
    n, m = design.shape
    gram, moment, squares = design.T @ design, design.T @ right, right @ right
    penalty = np.ones(m)
    penalty[-2:] = 1e-9
    best = None
    for strength in STRENGTHS:
        inverse = np.linalg.inv(gram + np.diag(strength * penalty))
        solution = inverse @ moment
        left = max(squares - 2 * solution @ moment + solution @ gram @ solution, 0.0)
        free = n - np.trace(inverse @ gram)
        score = n * left / max(free, 1e-9) ** 2
        if best is None or score < best[0]:
            best = (score, solution, np.sqrt(np.diag(inverse) * left / max(free, 1.0)))
    return best[1], best[2]


def against_true(epsilon):
    epsilon = np.minimum(epsilon, 0.99)
    return epsilon / (1 - epsilon)


def answer(name, method, registers):
    start = time.process_time()
    solution, deviation = method(*problem(registers))
    meters = registers.shape[1] - 1
    epsilon, deviation = solution[:meters], deviation[:meters]
    errors = against_true(epsilon)
    return {
        "method": name,
        "seconds": time.process_time() - start,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "errors": errors.tolist(),
        "low": against_true(epsilon - 1.96 * deviation).tolist(),
        "high": against_true(epsilon + 1.96 * deviation).tolist(),
        "suspects": (np.abs(errors) > 0.02).tolist(),
    }


def main(folder):
    for file in sorted(pathlib.Path(folder).iterdir()):
        values = np.fromfile(file, dtype="<f8")
        meters, _, interval, _ = values[:4]
        registers = values[4:].reshape(-1, 2 + int(meters))[:, 1:]
        per_day = int(86_400 // interval)
        runs = [("", registers)] + ([(" of days", registers[::per_day])] if per_day > 1 else [])
        for suffix, rows in runs:
            for name, method in [("OLS", least_squares), ("ridge", ridge)]:
                print(json.dumps(answer(name + suffix, method, rows)))


main(sys.argv[1])
