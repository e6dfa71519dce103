import { writeTree } from '../../helpers/temp.ts';
import { GATE } from '../runs/project.ts';

/** An operation whose trials wait, fail and reach what their values say. */
export function writeBatchProject(dir: string): void {
  writeTree(dir, {
    'gage.toml': `
[train]
exec = "python3 train.py"
config = "train.py"
sourcecode = ["train.py"]

[hello]
exec = "echo hello"
`,
    'train.py': `import json
import os
import sys
import time

lr = 0.1
code = 0
wait = False

gate = os.path.join(os.path.dirname(os.environ["RUN_DIR"]), "..", "..", "${GATE}")
while wait and not os.path.exists(gate):
    time.sleep(0.05)
print("done", flush=True)
with open("summary.json", "w") as f:
    json.dump({"metrics": {"loss": lr}}, f)
sys.exit(code)
`,
  });
}
