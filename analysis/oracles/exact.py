"""100,000 roundings and 10,000 limits against decimal and fractions.

usage: exact.py PATH-TO-METROLOGY
"""

import json
import random
import subprocess
import sys
from decimal import ROUND_HALF_EVEN, Decimal, getcontext
from fractions import Fraction

getcontext().prec = 200
random.seed(8170)


def number(places=9):
    digits = random.choice([1, 2, 3, 5, 8, 12, 20])
    text = str(random.randrange(10**digits))
    point = random.randrange(places + 1)
    text = text.rjust(point + 1, "0")
    text = text[:-point] + "." + text[-point:] if point else text
    return ("-" if random.random() < 0.4 and text.strip("0.") else "") + text


def half_even(value, interval):
    """Nearest multiple, a tie to the even one, in rational arithmetic."""
    quotient = Fraction(value) / Fraction(interval)
    count = round(quotient)  # Fraction.__round__ is half-even
    result = Decimal(count) * Decimal(interval)
    text = format(result, "f")
    return (text.lstrip("-") if not count else text), quotient, count


def roundings(count):
    for index in range(count):
        interval = random.choice(["1", "2", "5", "10", "20", "50", "100", "0.1", "0.2", "0.5", "0.01",
                                  "0.02", "0.05", "0.001", "0.3", "7", "0.00001"])
        value = number()
        if index % 3 == 0:  # ties and near ties
            tie = (2 * random.randrange(-5000, 5000) + 1) * Decimal(interval) / 2
            value = format(tie + random.choice([0, 0, Decimal("1e-12"), Decimal("-1e-12")]), "f")
        rounded, quotient, nearest = half_even(value, interval)
        order = (abs(quotient) > abs(nearest)) - (abs(quotient) < abs(nearest))
        mark = {1: "+", 0: "", -1: "-"}[order]
        if interval in ("1", "0.1", "0.01", "0.001", "0.00001"):
            plain = Decimal(value).quantize(Decimal(interval), rounding=ROUND_HALF_EVEN)
            assert Decimal(rounded) == plain
        yield {"op": "round", "value": value, "interval": interval}, {"rounded": rounded, "mark": mark}


def limits(count):
    for _ in range(count):
        places = random.randrange(4)
        step = Decimal(1).scaleb(-places)
        centre = random.randrange(-2000, 2000) * step
        half = random.randrange(0, 60) * step
        low, high = centre - half, centre + half
        shape = random.choice(["lower", "upper", "deviation", "range"])
        lower_in, upper_in = random.random() < 0.5, random.random() < 0.5
        plain = lambda x: format(x, "f")
        if shape == "lower":
            high, limit = None, ("≥" if lower_in else ">") + plain(low)
        elif shape == "upper":
            low, limit = None, ("≤" if upper_in else "<") + plain(high)
        elif shape == "deviation":
            lower_in = upper_in = True
            limit = f"{plain(centre)}±{plain(half)}"
        else:
            if low == high:
                lower_in = upper_in = True
            limit = ("" if lower_in else ">") + plain(low) + "～" + ("" if upper_in else "<") + plain(high)
        ends = [x for x in (low, high) if x is not None]
        value = random.choice(ends) + random.choice([0, 0, 1, -1, 5, -5, 4, 6]) * step / random.choice([1, 10, 100])
        method = random.choice(["full", "rounded"])
        compared = Decimal(half_even(plain(value), plain(step))[0]) if method == "rounded" else value
        inside = (low is None or compared > low or (lower_in and compared == low)) and (
            high is None or compared < high or (upper_in and compared == high))
        yield ({"op": "judge", "limit": limit, "measured": plain(value), "method": method},
               {"verdict": "符合" if inside else "不符合"})


def main():
    cases = list(roundings(100_000)) + list(limits(10_000))
    text = "\n".join(json.dumps(request, ensure_ascii=False) for request, _ in cases)
    run = subprocess.run([sys.argv[1], "eval"], input=text.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == len(cases), (len(answers), len(cases))
    wrong = [(request, expected, answer) for (request, expected), answer in zip(cases, answers)
             if any(answer.get(key) != value for key, value in expected.items())]
    for row in wrong[:20]:
        print(*row, sep="\n  ")
    print(f"{len(cases)} cases, {len(wrong)} wrong")
    sys.exit(bool(wrong))


main()
