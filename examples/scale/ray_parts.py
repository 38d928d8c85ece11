"""Statistics of a checkpoint on Ray: python ray_parts.py MODEL PARTS stats.json

Every node needs Node.js and sees MODEL at the same path. Ray runs a part again whose worker was lost,
and says so on standard output: the answer goes to a file.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import ray


@ray.remote(max_retries=3)
def part(command: list[str], index: int, of: int, model: str) -> str:
    run = [*command, "stats", model, "--part", f"{index}/{of}", "--json"]
    return subprocess.run(run, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    model, of, answer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    command = sys.argv[4:] or ["npx", "--yes", "sdinspect"]
    ray.init(log_to_driver=False)
    parts = ray.get([part.remote(command, index, of, model) for index in range(1, of + 1)])
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"part-{i}.json") for i in range(of)]
        for file, text in zip(files, parts):
            file.write_text(text)
        subprocess.run([*command, "merge", *map(str, files), "--json", "-o", answer], check=True)
