"""Statistics of a checkpoint on Spark: spark-submit spark.py MODEL PARTS stats.json

Every executor needs Node and sees MODEL at the same path. Spark runs a part again whose worker was lost.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from pyspark.sql import SparkSession

SDINSPECT = ["npx", "--yes", "sdinspect"]


def part(index: int, of: int, model: str) -> str:
    command = [*SDINSPECT, "stats", model, "--part", f"{index}/{of}", "--json"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    model, of, answer = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if len(sys.argv) > 4:
        SDINSPECT[:] = sys.argv[4:]
    command = list(SDINSPECT)

    def work(index: int) -> str:
        SDINSPECT[:] = command
        return part(index, of, model)

    spark = SparkSession.builder.appName("sdinspect").getOrCreate()
    parts = spark.sparkContext.parallelize(range(1, of + 1), of).map(work).collect()
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, f"part-{i}.json") for i in range(of)]
        for file, text in zip(files, parts):
            file.write_text(text)
        subprocess.run([*command, "merge", *map(str, files), "--json", "-o", answer], check=True)
    spark.stop()
