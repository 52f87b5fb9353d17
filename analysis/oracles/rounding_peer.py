"""Rounding rate of Python's decimal and digits of numpy, the peers of benches/rounding.rs."""

import json
import math
import pathlib
import time
from decimal import ROUND_HALF_EVEN, Decimal

values = [Decimal(i * 2654435761 % 1000000007 - 500000000).scaleb(-5) for i in range(1 << 18)]
step = Decimal("0.05")
cent = Decimal("0.01")
start = time.process_time()
for value in values:
    value.quantize(cent, ROUND_HALF_EVEN)
plain = len(values) / (time.process_time() - start) / 1e6
start = time.process_time()
for value in values:
    (value / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
half = len(values) / (time.process_time() - start) / 1e6
print(f"{'Python decimal to 0.01':<28} {plain:>8.1f} M/s")
print(f"{'Python decimal to 0.05':<28} {half:>8.1f} M/s")

try:
    import numpy as np
except ImportError:
    print("numpy peer skipped: not installed")
    raise SystemExit

rows = pathlib.Path(__file__).parent.parent / "vectors" / "statistics.jsonl"
for row in map(json.loads, rows.read_text().splitlines()):
    inputs, kind = row["request"]["inputs"], row["request"]["kind"]
    if "regression" not in kind:
        continue
    x = np.array(inputs["x"], dtype=float)
    if kind == "multiple_regression":
        design = np.column_stack([np.ones(len(x)), x])
    else:
        design = np.vander(x, int(inputs.get("degree", 1)) + 1, increasing=True)
    q, r = np.linalg.qr(design)
    b = np.linalg.solve(r, q.T @ np.array(inputs["y"], dtype=float))
    wanted = np.array(row["expect"]["b"], dtype=float)
    errors = np.abs((b - wanted) / wanted)
    digits = min(-math.log10(e) if e else 15.9 for e in errors)
    print(f"{'numpy QR ' + row['name'][10:]:<28} {digits:>8.1f} digits of b")
