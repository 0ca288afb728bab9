"""Writes benchmarks.md from what the peers' benchmark measured.

    peers.py --data DATA --only resample,filter,morphology,segment,stats --against "microtome bench" --rounds 3 --json out.json
    python benchmarks.py out.json benchmarks.md

The peers' benchmark runs each implementation and ours in turn, on the same files, in one run. A ratio is the time of the
fastest peer of equal results over ours: above 1 we are faster.
"""

import datetime
import json
import math
import os
import platform
import sys


def machine():
    """The processor, its cores and its memory."""
    name = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as lines:
            name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB"


def rows(records):
    """For each operation that we have: our record and the fastest peer's."""
    for ours in records:
        if ours["variant"] != "microtome" or "error" in ours:
            continue
        peers = [r for r in records if r["op"] == ours["op"] and r.get("equiv") in ("same", "near") and "error" not in r]
        if peers:
            yield ours, min(peers, key=lambda r: r["min_s"])


def main(source, target):
    with open(source) as file:
        records = json.load(file)
    found = sorted(rows(records), key=lambda pair: pair[0]["op"])
    ratios = [peer["median_s"] / ours["median_s"] for ours, peer in found]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    lines = [
        "# Benchmarks",
        "",
        "Made by `benchmarks.py` beside this page; do not edit. Time of the fastest peer of equal results over ours: above 1",
        "we are faster. Own memory is what the operation added to the process that had its input loaded.",
        "",
        f"Measured {datetime.date.today()} on {machine()}, {found[0][0]['threads']} threads.",
        f"Geometric mean of {len(ratios)} operations: {mean:.2f}.",
        "",
        "| operation | ours, s | fastest peer | peer, s | ratio (median) | ratio (best) | own memory, MB | peer's, MB |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for ours, peer in found:
        median, best = peer["median_s"] / ours["median_s"], peer["min_s"] / ours["min_s"]
        own, other = (r["peak_rss_mb"] - r.get("base_rss_mb", 0) for r in (ours, peer))
        lines.append(
            f"| {ours['op']} | {ours['median_s']:.4f} | {peer['variant']} | {peer['median_s']:.4f} | {median:.2f} | {best:.2f} "
            f"| {own:.0f} | {other:.0f} |"
        )
    with open(target, "w") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
