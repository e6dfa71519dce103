"""Prints the best trainings so far.

Runyard puts a table of them beside this script (see depends in gage.toml): one row per run, with its
values and its metrics.
"""

import csv

show = 5

with open("runs.csv", newline="", encoding="utf-8") as f:
    rows = list(csv.DictReader(f))
rows.sort(key=lambda row: float(row["metric:accuracy"]), reverse=True)
for row in rows[:show]:
    print(
        f"accuracy {row['metric:accuracy']}  lr {row['config:lr']}  "
        f"epochs {row['config:epochs']}  {row['name']}"
    )
