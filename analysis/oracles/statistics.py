"""Generated statistics against scipy and statsmodels, critical values against integration.

usage: statistics.py PATH-TO-METROLOGY
"""

import json
import math
import subprocess
import sys

import numpy as np
import statsmodels.api as sm
from scipy import stats

sys.dont_write_bytecode = True
import dixon  # noqa: E402

random = np.random.default_rng(1059)


def grubbs_critical(n, alpha):
    t = stats.t.isf(alpha / n, n - 2)
    return (n - 1) / math.sqrt(n) * math.sqrt(t * t / (n - 2 + t * t))


def cases():
    for n in range(3, 31):
        data = [float(x) for x in random.normal(0, 1, n)]
        for side in ("upper", "lower"):
            yield "dixon", {"data": data, "side": side}, {"D": dixon.statistic(data, side)}, 1e-9
        # The table of the standard was simulated: 0.0015 of its values, against the integral.
        yield "dixon", {"data": data}, {
            "critical_95": dixon.critical(n, 0.05), "critical_99": dixon.critical(n, 0.01)}, 0.003
    for _ in range(60):
        n = int(random.integers(5, 60))
        data = [float(x) for x in random.normal(random.uniform(-1e6, 1e6), 10 ** random.uniform(-3, 3), n)]
        yield "univariate", {"data": data}, {"mean": math.fsum(data) / n, "sd": float(np.std(data, ddof=1))}, 1e-8
        ends = {"upper": max(data) - np.mean(data), "lower": np.mean(data) - min(data)}
        ends["both"] = max(ends.values())
        for side, distance in ends.items():
            share = 2 if side == "both" else 1
            yield "grubbs", {"data": data, "side": side}, {
                "G": float(distance / np.std(data, ddof=1)), "critical_95": grubbs_critical(n, 0.05 / share),
                "critical_99": grubbs_critical(n, 0.01 / share)}, 1e-3
        x = [float(v) for v in random.uniform(0, 100, n)]
        y = [3.5 + 0.25 * v + float(random.normal(0, 0.5)) for v in x]
        fit = sm.OLS(y, sm.add_constant(x)).fit()
        yield "linear_regression", {"x": x, "y": y, "intercept": True}, {
            "b": list(fit.params), "se": list(fit.bse), "resid_sd": math.sqrt(fit.mse_resid), "r2": fit.rsquared}, 1e-9
        rows = random.normal(0, 1, (n + 5, 3))
        z = rows @ np.array([1.0, -2.0, 0.5]) + random.normal(0, 0.1, n + 5)
        fit = sm.OLS(z, sm.add_constant(rows)).fit()
        yield "multiple_regression", {"x": rows.tolist(), "y": z.tolist()}, {
            "b": list(fit.params), "se": list(fit.bse), "resid_sd": math.sqrt(fit.mse_resid)}, 1e-9
        u = [float(v) for v in random.uniform(0.1, 2, n)]
        weights = 1 / np.square(u)
        reference = float(np.sum(weights * data) / np.sum(weights))
        yield "comparison", {"x": data, "u": u}, {
            "ref": reference, "u_ref": float(np.sum(weights) ** -0.5), "chi2_95": float(stats.chi2.ppf(0.95, n - 1))}, 1e-9


def main():
    rows = list(cases())
    text = "\n".join(json.dumps({"op": "statistics", "kind": k, "inputs": i}) for k, i, _, _ in rows)
    run = subprocess.run([sys.argv[1], "eval"], input=text.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == len(rows)
    wrong = 0
    for (kind, _, expected, tolerance), answer in zip(rows, answers):
        for key, value in expected.items():
            got = np.array(answer.get(key, "nan"), dtype=float)
            if not np.allclose(got, value, rtol=tolerance, atol=0):
                wrong += 1
                print(kind, key, answer.get(key, answer), value)
    print(f"{len(rows)} statistics, {wrong} wrong")
    sys.exit(bool(wrong))


main()
