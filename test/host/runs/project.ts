import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTree } from '../../helpers/temp.ts';
import { hostContext } from '../harness/context.ts';

/** The file in the workspace that programs wait for. */
export const GATE = 'go';

/** Whether programs that wait in the middle may go on. */
export function setGate(open: boolean): void {
  const path = join(hostContext().workspaceDir, GATE);
  if (open) writeFileSync(path, '');
  else rmSync(path, { force: true });
}

/** A small project with operations of every kind that the host tests need. */
export function writeProject(dir: string): void {
  writeTree(dir, {
    'gage.toml': GAGE_FILE,
    'train.py': TRAIN,
    'slow.sh': SLOW,
  });
}

const GAGE_FILE = `
[train]
description = "Train a small model"
default = true
exec = "python3 train.py"
config = "train.py"
sourcecode = ["train.py", "gage.toml"]

[evaluate]
description = "Look at a model"
version = 2
exec = "echo looking"

[slow]
exec = "sh slow.sh"

[fail]
exec = "echo 'about to fail' >&2; exit 3"

[chatty]
exec = "i=1; while [ $i -le 1000 ]; do echo line $i; i=$((i + 1)); done"

[stubborn]
exec = "trap '' TERM; echo ready; while true; do sleep 0.1; done"

[slow-hook]
exec = { run = "true", stage-runtime = "sleep 60" }

[bad-hook]
exec = { run = "true", stage-runtime = "echo no luck; exit 7" }

[fixable]
exec = { run = "true", stage-runtime = "test -e $run_dir/../../../fixed || { echo not yet; exit 8; }" }
`;

const TRAIN = `import json
import sys

epochs = 3
lr = 0.1

for epoch in range(epochs):
    print(f"epoch {epoch + 1}", flush=True)
print("a warning", file=sys.stderr, flush=True)
with open("model.txt", "w") as f:
    f.write(str(lr))
with open("summary.json", "w") as f:
    json.dump({"metrics": {"acc": 0.5}}, f)
`;

/** Prints 20 lines, waits until the gate is open, and prints 20 more. */
const SLOW = `i=0
while [ $i -lt 40 ]; do
  i=$((i + 1))
  echo "line $i"
  [ $i -eq 20 ] || continue
  tries=0
  while [ ! -e "$RUN_DIR/../../../${GATE}" ]; do
    tries=$((tries + 1))
    [ $tries -lt 6000 ] || exit 1
    sleep 0.1
  done
done
`;
