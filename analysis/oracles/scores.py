"""40,000 scores against fractions: E_n, z, z' and zeta graded by squares, at their bounds and beside them.

usage: scores.py PATH-TO-METROLOGY

A grade comes from (x - X)^2 against k^2 s^2 in rational arithmetic; the printed score must lie on the same side of
every bound and agree with the root of a 60-digit Decimal.
"""

import json
import random
import subprocess
import sys
from decimal import Decimal, getcontext
from fractions import Fraction as F

getcontext().prec = 60
random.seed(13528)
TRIPLES = [(3, 4, 5), (5, 12, 13), (8, 15, 17), (20, 21, 29), (0, 1, 1), (1, 0, 1)]


def plain(number):
    return format(number, "f")


def case():
    kind = random.choice(["En", "z", "z_prime", "zeta"])
    places = random.randrange(0, 7)
    unit = Decimal(1).scaleb(-places)
    assigned = random.randrange(-10**6, 10**6) * unit
    a, b, c = random.choice(TRIPLES)
    size = random.randrange(1, 400) * unit
    if kind == "z":
        a, b, c = 1, 0, 1
    elif kind == "z_prime" and not a:
        a, b, c = 3, 4, 5
    first, second, spread = a * size, b * size, c * size
    if random.random() < 0.5:  # on a bound, or a hair beside it
        distance = random.choice([1, 2, 3]) * spread
        distance += random.choice([0, 0, 0, 1, -1]) * Decimal(1).scaleb(-places - random.randrange(1, 25))
    else:
        first, second = (random.randrange(1, 900) * unit for _ in range(2))
        if kind == "z":
            second = Decimal(0)
        distance = random.randrange(0, 3000) * unit
    x = assigned + random.choice([1, -1]) * distance
    inputs = {"x": plain(x), "X": plain(assigned)}
    names = {"En": ("U", "Uref"), "z": ("sigma",), "z_prime": ("sigma", "u_X"), "zeta": ("u", "u_X")}[kind]
    inputs.update(zip(names, (plain(first), plain(second))))
    return kind, inputs, F(x) - F(assigned), F(first) ** 2 + F(second) ** 2


def grade(kind, difference, square):
    within = lambda k: difference**2 <= k * k * square
    if kind == "En":
        return within(1)
    if within(2):
        return "满意"
    return "有问题" if difference**2 < 9 * square else "不满意"


def main():
    cases = [case() for _ in range(40_000)]
    text = "\n".join(json.dumps({"op": "statistics", "kind": kind, "inputs": inputs}) for kind, inputs, *_ in cases)
    run = subprocess.run([sys.argv[1], "eval"], input=text.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == len(cases), (len(answers), len(cases))
    wrong, on_bounds = [], 0
    for (kind, inputs, difference, square), answer in zip(cases, answers):
        got, name = ("ok", "En") if kind == "En" else ("grade", "score")
        fine = answer.get(got) == grade(kind, difference, square)
        if fine:
            shown = F(answer[name])
            order = lambda a, b: (a > b) - (a < b)
            fine = all(order(shown**2, k * k) == order(difference**2, k * k * square) for k in (1, 2, 3))
            fine = fine and order(shown, 0) == order(difference, 0)
            quotient = difference**2 / square
            root = (Decimal(quotient.numerator) / Decimal(quotient.denominator)).sqrt()
            fine = fine and abs(Decimal(answer[name]).copy_abs() - root) <= root * Decimal("1e-14")
            on_bounds += any(difference**2 == k * k * square for k in (1, 2, 3))
        if not fine:
            wrong.append((kind, inputs, answer))
    for row in wrong[:20]:
        print(*row)
    print(f"{len(cases)} scores, {on_bounds} on a bound, {len(wrong)} wrong")
    assert on_bounds > 5_000
    sys.exit(bool(wrong))


main()
