#!/bin/sh
# Statistics of a checkpoint on Slurm: slurm.sh MODEL PARTS. Every node needs Node.js and sees this folder.
set -eu
model=$1
of=$2
array=$(sbatch --parsable --array="1-$of" --requeue --wrap \
  "npx --yes sdinspect stats '$model' --part \$SLURM_ARRAY_TASK_ID/$of -o part-\$SLURM_ARRAY_TASK_ID.json")
sbatch --dependency="afterok:$array" --wrap "npx --yes sdinspect merge part-*.json --json -o stats.json"
