"""numpy and suncal on the problem of benches/monte_carlo.rs."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
import time

import numpy as np

N = 10_000_000


def measured(name, run):
    best = min(timed(run) for _ in range(3))
    print(f"{name:<34} {best[0]:>6.3f} s   u = {best[1]:.5f}, [{best[2]:.4f}, {best[3]:.4f}]")


def timed(run):
    start = time.process_time()
    found = run()
    return (time.process_time() - start, *found)


def plain():
    random = np.random.default_rng(1)
    x1, x2 = random.normal(10, 0.1, N), random.normal(5, 0.05, N)
    x3, x4 = random.normal(2, 0.02, N), random.normal(1, 0.1, N)
    y = x1 * x2 / x3 + x4
    low, high = np.quantile(y, [0.025, 0.975])
    return np.std(y, ddof=1), low, high


measured("numpy 10⁷ trials", plain)
try:
    import suncal

    def model():
        m = suncal.Model("y = x1*x2/x3 + x4")
        for name, value, u in [("x1", 10, 0.1), ("x2", 5, 0.05), ("x3", 2, 0.02), ("x4", 1, 0.1)]:
            m.var(name).measure(value).typeb(std=u)
        found = m.monte_carlo(samples=N)
        expanded = found.expanded(conf=0.95)["y"]
        return float(found.uncertainty["y"]), float(expanded.low), float(expanded.high)

    measured("suncal 10⁷ trials", model)
except ImportError:
    print("suncal skipped: not installed")
