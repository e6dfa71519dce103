import { writeTree } from '../../helpers/temp.ts';

/** A project whose Gage file uses everything that the language knows of. */
export function writeLanguageProject(dir: string): void {
  writeTree(dir, {
    'gage.toml': GAGE_TOML,
    'train.py': TRAIN,
    'evaluate.py': EVALUATE,
    'data/words.txt': 'a\nb\n',
  });
}

/** A project that has scripts and no Gage file yet. */
export function writeScripts(dir: string): void {
  writeTree(dir, {
    'train.py': TRAIN,
    'lib.py': 'def f():\n    return 1\n',
    'prepare.sh': '# Prepare the data\necho\n',
  });
}

/** Everything in it is right. */
export const GAGE_TOML = `# Operations of this project.
# Run them from the Runyard view.

[train]
description = "Train the model"
default = true
exec = "python3 train.py"
config = ["train.py#lr", "train.py#epochs"]
sourcecode = ["train.py", "data/*"]

[evaluate]
exec = "python3 evaluate.py"
config = "evaluate.py"

[evaluate.depends]
run-select = "operation = train"
files = "model.txt"
`;

export const EVALUATE = 'threshold = 0.5\nprint(threshold)\n';

export const TRAIN = `"""Train a model."""

lr = 0.1
epochs = 3

print(f"learning rate {lr}")
with open("model.txt", "w") as f:
    f.write(str(lr))
`;
