"""Rounding rate of Python's decimal, the peer of benches/rounding.rs."""

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
print(f"{'Python decimal to 0.01':<28} {plain:>8.1} M/s")
print(f"{'Python decimal to 0.05':<28} {half:>8.1} M/s")
