"""300 generated period checks against fractions and a foreign package: limits, EWMA, run rules, drifts, verdict.

usage: period_checks.py PATH-TO-METROLOGY PATH-TO-PROCEDURE

Limits, EWMA and drifts are written from their definitions, every number a Fraction until its one rounding. The run
rules are those of the package pyqicharts, which knows nothing of this one.
"""

import datetime
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile
from fractions import Fraction as F

from pyqicharts.nelson import nelson_rule_signals

random.seed(7870)
COUNT = 300
PLACES = 3
START = datetime.date(2026, 1, 1)
NELSON = ["beyond-three-sigma", "nine-on-one-side", "six-in-a-row", "fourteen-alternating",
          "two-of-three-beyond-two-sigma", "four-of-five-beyond-one-sigma", "fifteen-within-one-sigma",
          "eight-beyond-one-sigma"]
WESTERN = ["beyond-three-sigma", "two-of-three-beyond-two-sigma", "four-of-five-beyond-one-sigma",
           "eight-on-one-side"]
SETS = {"nelson": NELSON, "western-electric": WESTERN}


def text(value, places):
    scaled = value * 10**places
    assert scaled.denominator == 1
    digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def near(value, places):
    return F(round(value * 10**places), 10**places)  # half-even


def up(value, places):
    return F(math.ceil(value * 10**places), 10**places)


def root_up(square, places):
    scaled = square * 10 ** (2 * places)
    root = math.isqrt(scaled.numerator // scaled.denominator)
    return F(root + (root * root != scaled), 10**places)


def significant(value, digits):
    """Half-even to some digits; Fractions and floats alike."""
    value = F(value)
    if not value:
        return value
    places = digits - 1 - math.floor(math.log10(abs(value)))
    for shift in (places - 1, places, places + 1):  # log10 may be off by one
        unit = F(10) ** -shift
        if 10 ** (digits - 1) <= abs(value) / unit < 10**digits:
            return round(value / unit) * unit
    raise AssertionError(value)


WINDOWED = {"nine-on-one-side": "N2", "six-in-a-row": "N3", "fourteen-alternating": "N4"}
BEYOND = {"two-of-three-beyond-two-sigma": ("N5", 2), "four-of-five-beyond-one-sigma": ("N6", 1)}


def foreign(z, rule):
    """(index of the last point, side) of every window that pyqicharts signals."""
    found = nelson_rule_signals([float(x) for x in z], 0.0, 1.0)
    found = found[found["rule_id"] == rule]
    return list(zip((int(i) - 1 for i in found["end_index"]), found["direction"]))


def runs(name, z):
    """Indices at which a rule is met, from exact deviations in units of σ; the rules themselves are pyqicharts'."""
    if name == "beyond-three-sigma":
        return [i for i, _ in foreign(z, "N1")]
    if name in WINDOWED:
        return [i for i, _ in foreign(z, WINDOWED[name])]
    if name in BEYOND:
        # It signals the windows; ours also asks that the last point is one of those beyond.
        rule, k = BEYOND[name]
        return [i for i, side in foreign(z, rule) if (z[i] > k if side == "high" else z[i] < -k)]
    if name == "eight-on-one-side":
        # It knows nine: the eight with their first doubled, and a point on the centre between the windows.
        blocks = [x for i in range(7, len(z)) for x in [z[i - 7], *z[i - 7:i + 1], F(0)]]
        return [7 + i // 10 for i, _ in foreign(blocks, "N2")]
    if name == "fifteen-within-one-sigma":
        # A point on the line is within for us and without for it.
        return [i for i, _ in foreign([x * F(999_999_999, 1_000_000_000) for x in z], "N7")]
    if name == "eight-beyond-one-sigma":
        # It asks for both sides; ours takes either.
        return [i for i, _ in foreign([abs(x) * (-1) ** i for i, x in enumerate(z)], "N8")]
    raise AssertionError(name)


def chart(values, baseline, own, lam, width):
    ranges = [None] + [abs(b - a) for a, b in zip(values, values[1:])]
    if baseline:
        centre, sigma = baseline
    else:
        centre = near(sum(values[:own]) / own, PLACES)
        sigma = significant(sum(ranges[1:own]) / (own - 1) / F(1128, 1000), 4)
    mr_upper = up(F(3267, 1000) * F(1128, 1000) * sigma, PLACES)
    ewma, z = [], centre
    for i, x in enumerate(values):
        z = near(lam * x + (1 - lam) * z, PLACES + 2)
        decay = (1 - lam) ** (2 * i + 2)
        half = root_up((width * sigma) ** 2 * lam / (2 - lam) * (1 - decay), PLACES + 2)
        ewma.append((z, centre - half, centre + half))
    return centre, sigma, ranges, mr_upper, ewma


def line_dated(results):
    """(day, error, u): weighted line, widened by the Birge ratio."""
    w = [1 / u**2 for _, _, u in results]
    middle = sum(a * d for a, (d, _, _) in zip(w, results)) / sum(w)
    level = sum(a * e for a, (_, e, _) in zip(w, results)) / sum(w)
    spread = sum(a * (d - middle) ** 2 for a, (d, _, _) in zip(w, results))
    rate = sum(a * (d - middle) * e for a, (d, e, _) in zip(w, results)) / spread
    chi2 = sum(a * (e - level - rate * (d - middle)) ** 2 for a, (d, e, _) in zip(w, results))
    widen = max(F(1), chi2 / (len(results) - 2))
    return middle, level, rate, widen / sum(w), widen / spread


def line_points(days, values):
    n = len(days)
    middle, level = sum(days) / n, sum(values) / n
    spread = sum((d - middle) ** 2 for d in days)
    rate = sum((d - middle) * v for d, v in zip(days, values)) / spread
    e = [v - level - rate * (d - middle) for d, v in zip(days, values)]
    square = sum(x * x for x in e)
    r = sum(a * b for a, b in zip(e, e[1:])) / square
    effective = n * (1 - max(r, 0)) / (1 + max(r, 0))
    return middle, level, rate, square, spread, r, effective


def close(stored, wanted, digits):
    """As recorded, up to one in the last recorded digit: f64 may sit on the other side of a tie."""
    stored, wanted = float(F(stored)), float(wanted)
    return abs(stored - wanted) <= 1.01 * 10 ** (math.floor(math.log10(abs(wanted))) - digits + 1)


def generate():
    days = random.randrange(26, 60)
    own = random.choice([10, 20])
    noise = random.choice([5, 20, 200])
    slope = random.choice([0, 0, 0, 0.3, -1])
    jump = random.choice([0, 0, 0, 3, 8]) * noise
    at = random.randrange(own, days)
    offset = random.choice([0, 0, 150])
    memory, last = random.choice([0, 0, 0.5, -0.4]), 0.0
    values = []
    for day in range(days):
        last = memory * last + random.gauss(0, noise)
        values.append(F(round(offset + last + slope * day + (jump if day >= at else 0)), 1000))
    names = random.sample(NELSON + ["ewma", "moving-range"], random.randrange(1, 6))
    listed = {"action": names[:3], "warning": names[3:]}
    if random.random() < 0.3:
        listed = {"action": [random.choice(["nelson", "western-electric"])], "warning": ["ewma"]}
    lam = random.choice(["0.1", "0.2", "0.25", "0.4", "1"])
    width = random.choice(["2.7", "3"])
    frozen = (F(offset, 1000), F(noise, 1000)) if random.random() < 0.4 else None
    history = [(START - datetime.timedelta(days=400 * k + random.randrange(60)), F(random.randrange(-150, 150), 1000),
                F(random.randrange(20, 90), 1000)) for k in range(1, random.choice([1, 2, 4, 6]))]
    return values, own, listed, lam, width, frozen, sorted(history)


def files(case, procedure):
    values, own, listed, lam, width, frozen, history = case
    rules = "\n".join(f"{k} = {json.dumps(v)}" for k, v in listed.items())
    lines = []
    for line in procedure.splitlines():
        key = line.split(" = ")[0]
        swap = {"least_pairs": "5", "places": str(PLACES), "least_readings": "1", "baseline": str(own),
                "lambda": f'"{lam}"', "width": f'"{width}"'}
        if key == "action":
            line = rules
        elif key == "warning":
            continue
        elif key in swap:
            line = f"{key} = {swap[key]}"
        lines.append(line)
    readings = []
    for day, value in enumerate(values):
        time = f"{START + datetime.timedelta(days=day)}T00:00:00Z"
        readings.append({"nominal": time, "taken": time, "value": text(500 + value, PLACES), "quality": "good"})
    random.shuffle(readings)
    evidence = {
        "format": 3, "period_seconds": 86400, "certificate": None,
        "window": {"from": f"{START}T00:00:00Z", "to": f"{START + datetime.timedelta(days=len(values))}T00:00:00Z"},
        "subject": instrument("p", {"U": "0.3", "MPEV": "0.8"}),
        "reference": instrument("", {"X": "500", "U_ref": "0.1"}),
        "series": {"x": {"of": "subject", "point": "pressure", "unit": "kPa", "resolution": None, "modulus": None,
                         "largest_step": None, "negative": None, "readings": readings}},
        "check": {
            "quantity": "pressure", "interval_days": 365,
            "baseline": frozen and {"unit": "kPa", "centre": text(frozen[0], 3), "sigma": text(frozen[1], 3),
                                    "points": 20, "from": "2025-01-01T00:00:00Z", "to": "2025-02-01T00:00:00Z",
                                    "source": "x"},
            "history": [{"date": str(d), "unit": "kPa", "error": text(e, 3), "u95": text(u, 3), "source": "c"}
                        for d, e, u in history],
        },
    }
    return "\n".join(lines), json.dumps(evidence)


def instrument(device, values):
    return {"device": device, "name": device, "manufacturer": "", "model": "", "serial": "", "accuracy_class": None,
            "connection": None, "multiplier": None,
            "values": {symbol: {"value": value, "unit": "kPa"} for symbol, value in values.items()}}


def check(case, found, t_factor):
    values, own, listed, lam, width, frozen, history = case
    lam, width = F(lam), F(width)
    centre, sigma, ranges, mr_upper, ewma = chart(values, frozen, own, lam, width)
    line = found["body"]["period-check"]["chart"]
    assert F(line["centre"]) == centre and F(line["sigma"]) == sigma
    assert F(line["upper"]) == centre + 3 * sigma and F(line["lower"]) == centre - 3 * sigma
    assert F(line["moving_range_upper"]) == mr_upper
    expand = {k: [n for name in v for n in SETS.get(name, [name])] for k, v in listed.items()}
    names = expand["action"] + expand["warning"]
    met = {n: runs(n, [(x - centre) / sigma for x in values]) for n in names if n not in ("ewma", "moving-range")}
    met["ewma"] = [i for i, (z, low, high) in enumerate(ewma) if not low <= z <= high]
    met["moving-range"] = [i for i, r in enumerate(ranges) if r is not None and r > mr_upper]
    for i, point in enumerate(line["points"]):
        assert F(point["value"]) == values[i]
        assert (point["moving_range"] and F(point["moving_range"])) == ranges[i]
        assert tuple(F(point[k]) for k in ("ewma", "ewma_lower", "ewma_upper")) == ewma[i], (point, ewma[i])
        assert point["signals"] == [n for n in names if i in met[n]], (i, point)
    own = 0 if frozen else own
    acts = any(i >= own for n in expand["action"] for i in met[n])
    unstable = any(i < own for n in expand["action"] for i in met[n])
    warns = any(i >= own for n in expand["warning"] for i in met[n])
    mean = sum(values) / len(values)
    far = mean**2 > F(3, 10) ** 2 + F(1, 10) ** 2

    reached = False
    epoch = datetime.date(1970, 1, 1)
    shift = F(8, 24)
    now = F((START - epoch).days + len(values)) + shift
    days = [F((START - epoch).days + i) + shift for i in range(len(values))]
    middle, level, rate, square, spread, r, effective = line_points(days, values)
    window = found["body"]["period-check"]["window_drift"]
    freedom = float(effective) - 2
    variance = float(square) / freedom
    factor = t_factor(freedom)
    u_rate = factor * math.sqrt(variance / float(spread))
    u_now = math.hypot(u_rate * float(now - middle), factor * math.sqrt(variance / float(effective)), 0.1)
    assert close(window["rate_per_year"], rate * F(36525, 100), 4)
    assert close(window["effective_results"], effective, 3)
    if factor:
        assert close(window["u_rate_per_year"], u_rate * 365.25, 2)
        assert close(window["u_now"], u_now, 2), (window, u_now)
    reached |= abs(F(window["error_now"])) + F(window["u_now"]) >= F(8, 10)

    results = [(F((d - epoch).days), e, u / 2) for d, e, u in history]
    results.append((F((START - epoch).days) + shift + F(len(values), 2), mean, F(1, 20)))
    dated = found["body"]["period-check"]["drift"]
    assert (dated is None) == (len(results) < 3)
    if dated:
        middle, level, rate, u2_level, u2_rate = line_dated(results)
        assert close(dated["rate_per_year"], rate * F(36525, 100), 4)
        assert close(dated["u_rate_per_year"], 2 * math.sqrt(u2_rate) * 365.25, 2)
        assert close(dated["error_now"], level + rate * (now - middle), 4)
        assert close(dated["u_now"], 2 * math.sqrt(u2_level + u2_rate * (now - middle) ** 2), 2)
        reached |= abs(F(dated["error_now"])) + F(dated["u_now"]) >= F(8, 10)
        if dated["crossing"]:
            day = F((datetime.date.fromisoformat(dated["crossing"]) - epoch).days)
            side = lambda d: abs(level + rate * (d - middle)) - F(8, 10)
            assert side(day + 1) >= 0 and (day <= now or side(day - 1) < 0)

    if far or (acts and not unstable):
        wanted = "does-not-conform"
    elif unstable or warns or reached:
        wanted = "inconclusive"
    else:
        wanted = "conforms"
    assert found["verdict"] == wanted, (found["verdict"], wanted)
    return wanted


def main(metrology, procedure):
    procedure = pathlib.Path(procedure).read_text(encoding="utf-8")
    try:
        from scipy.stats import norm, t

        p = norm.cdf(2)
        t_factor = lambda freedom: max(2.0, t.ppf(p, freedom))
    except ImportError:
        t_factor = lambda freedom: 0.0  # then uncertainties of points are not compared
    verdicts = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("procedure.toml", "evidence.json")]
        for number in range(COUNT):
            case = generate()
            for path, content in zip(paths, files(case, procedure)):
                path.write_text(content, encoding="utf-8")
            run = subprocess.run([metrology, "--json", "verify", *map(str, paths)], capture_output=True,
                                 text=True, encoding="utf-8")
            assert run.returncode in (0, 1, 3), run.stderr
            try:
                verdict = check(case, json.loads(run.stdout), t_factor)
            except AssertionError as error:
                raise AssertionError(f"case {number}: {case}") from error
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
    print(f"{COUNT} period checks agree: {verdicts}")
    assert len(verdicts) == 3


if __name__ == "__main__":
    main(*sys.argv[1:])
