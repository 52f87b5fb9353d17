"""1,000 generated uncertainty budgets against GTC and metrolopy.

usage: budgets.py PATH-TO-METROLOGY

GTC gives value, u_c and effective degrees of freedom (correlations included), metrolopy value and
u_c. Both differentiate the model by themselves.
"""

import json
import math
import random
import subprocess
import sys
import warnings

import GTC
import metrolopy

warnings.simplefilter("ignore")
random.seed(1059)
COUNT = 1000


def decimal(value, digits=5):
    return f"{value:.{digits}g}" if 1e-4 <= abs(value) < 1e15 else f"{value:.{digits}e}"


def expression(names, depth):
    """A model text that Python and metrology read alike, with no trouble near its point."""
    if depth == 0 or random.random() < 0.15:
        return random.choice(names) if random.random() < 0.85 else decimal(random.uniform(0.5, 9), 3)
    left = right = expression(names, depth - 1)
    while right == left:
        right = expression(names, depth - 1)
    kind = random.randrange(12)
    if kind < 3:
        return f"({left} + {right})"
    if kind < 5:
        return f"({left} - {right})"
    if kind < 7:
        return f"({left})*({right})"
    if kind < 9:
        return f"({left})/(abs({right}) + 1.5)" if "-" in right else f"({left})/({right} + 0.5)"
    if kind == 9:
        return f"sqrt(({left})^2 + 1)"
    if kind == 10:
        return f"exp(sin({left}))"
    return f"ln(({left})^2 + 2)*cos({right})"


SHAPES = {"rectangular": math.sqrt(3), "triangular": math.sqrt(6), "arcsine": math.sqrt(2)}


def component(value):
    """(TOML, u, dof)"""
    size = abs(value) * 10 ** random.uniform(-5, -2) + 1e-6
    kind = random.randrange(5)
    if kind == 0:
        shape, divisor = random.choice(list(SHAPES.items()))
        text = decimal(size)
        return f'half_width = "{text}", distribution = "{shape}"', float(text) / divisor, math.inf
    if kind == 1:
        text, k = decimal(size), random.choice(["2", "3", "2.58"])
        return f'U = "{text}", k = "{k}"', float(text) / float(k), math.inf
    if kind == 2:
        text, dof = decimal(size), random.randint(2, 40)
        return f'u = "{text}", dof = "{dof}", type = "A"', float(text), float(dof)
    if kind == 3:
        step = decimal(size, 2)
        return f'step = "{step}"', float(step) / math.sqrt(12), math.inf
    share = decimal(size / abs(value) * 100, 3)
    return f'u = "{share}", relative = true', float(share) / 100 * abs(value), math.inf


def budget(index):
    while True:
        count = random.randint(2, 6)
        names = [f"x{i}" for i in range(count)]
        model = expression(names, random.randint(2, 4))
        if all(name in model for name in names):
            break
    text = f'format = 1\n[result]\nsymbol = "y"\nunit = "1"\nmodel = "{model}"\n'
    inputs = []
    for name in names:
        value = decimal(random.choice([1, 1, 1, -1]) * 10 ** random.uniform(-1, 1.5), 6)
        parts = [component(float(value)) for _ in range(random.choice([1, 1, 1, 2, 3]))]
        listed = ", ".join("{ " + part[0] + " }" for part in parts)
        text += f'[[input]]\nsymbol = "{name}"\nunit = "1"\nvalue = "{value}"\ncomponent = [{listed}]\n'
        inputs.append((name, float(value), parts))
    pairs = []
    if index % 4 == 0:
        # One pair cannot contradict itself; its inputs have infinite degrees of freedom for GTC.
        plain = [n for n, _, parts in inputs if all(math.isinf(p[2]) for p in parts)]
        if len(plain) >= 2:
            a, b = random.sample(plain, 2)
            r = decimal(random.uniform(-0.95, 0.95), 3)
            text += f'[[correlation]]\nbetween = ["{a}", "{b}"]\nr = "{r}"\n'
            pairs.append((a, b, float(r)))
    return text + '[coverage]\nk = "2"\n', model, inputs, pairs


def evaluate(model, values, functions):
    return eval(model.replace("^", "**"), {"__builtins__": {}, **functions, **values})  # our own text


def by_gtc(model, inputs, pairs):
    correlated = {name for pair in pairs for name in pair[:2]}
    values = {}
    for name, value, parts in inputs:
        if name in correlated:
            u = math.sqrt(sum(p[1] ** 2 for p in parts))
            values[name] = GTC.ureal(value, u, independent=False)
        else:
            values[name] = value + sum(GTC.ureal(0, p[1], p[2]) for p in parts)
    for a, b, r in pairs:
        GTC.set_correlation(r, values[a], values[b])
    functions = {name: getattr(GTC, name) for name in ("sqrt", "exp", "sin", "cos")}
    functions |= {"ln": GTC.log, "abs": lambda x: x if GTC.value(x) >= 0 else -x}
    y = evaluate(model, values, functions)
    return GTC.value(y), GTC.uncertainty(y), GTC.dof(y)


def by_metrolopy(model, inputs, pairs):
    values = {name: metrolopy.gummy(value, math.sqrt(sum(p[1] ** 2 for p in parts))) for name, value, parts in inputs}
    for a, b, r in pairs:
        first, second = (next(i for i in inputs if i[0] == n) for n in (a, b))
        u = [math.sqrt(sum(p[1] ** 2 for p in i[2])) for i in (first, second)]
        made = metrolopy.gummy.create([first[1], second[1]], u=u, correlation_matrix=[[1, r], [r, 1]])
        values[a], values[b] = made
    functions = {"sqrt": metrolopy.sqrt, "exp": metrolopy.exp, "sin": metrolopy.sin, "cos": metrolopy.cos}
    functions |= {"ln": metrolopy.log, "abs": lambda x: x if getattr(x, "x", x) >= 0 else -x}
    y = evaluate(model, values, functions)
    return (y.x, y.u) if hasattr(y, "u") else (y, 0.0)


def close(a, b, scale):
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b)) + 1e-13 * scale


def cases():
    """Budgets on which both peers have an answer: x - x makes metrolopy divide by zero."""
    found = []
    while len(found) < COUNT:
        case = budget(len(found))
        try:
            gtc, gummy = by_gtc(*case[1:]), by_metrolopy(*case[1:])
        except ZeroDivisionError:
            continue
        if gtc[1] > 1e-12 * max(abs(gtc[0]), 1e-6):
            found.append((*case, gtc, gummy))
    return found


def main():
    generated = cases()
    text = "\n".join(json.dumps({"op": "budget", "toml": case[0]}) for case in generated)
    run = subprocess.run([sys.argv[1], "eval"], input=text.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == COUNT
    wrong = correlated = finite = 0
    for (_, model, inputs, pairs, gtc, gummy), answer in zip(generated, answers):
        if "error" in answer:
            wrong += 1
            print(model, answer)
            continue
        value, u, dof = (float(answer[k].replace("∞", "inf")) for k in ("value", "u_c", "dof"))
        expected, u_gtc, dof_gtc = gtc
        value_gummy, u_gummy = gummy
        scale = max(abs(expected), 1.0)
        fine = close(value, expected, scale) and close(u, u_gtc, scale)
        fine &= close(value, float(value_gummy), scale) and close(u, float(u_gummy), scale)
        if not pairs:
            finite += math.isfinite(dof)
            # GTC calls degrees of freedom above 10^6 infinite.
            fine &= (math.isinf(dof_gtc) and dof > 9e5) or abs(dof - dof_gtc) <= 1e-6 * dof_gtc
        correlated += bool(pairs)
        if not fine:
            wrong += 1
            print(model, inputs, pairs, (value, u, dof), (expected, u_gtc, dof_gtc), (value_gummy, u_gummy), sep="\n  ")
    print(f"{COUNT} budgets ({correlated} correlated, {finite} with finite dof) against GTC and metrolopy, {wrong} wrong")
    sys.exit(bool(wrong))


main()
