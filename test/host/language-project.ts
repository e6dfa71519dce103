import { writeTree } from '../helpers/temp.ts';

/** A project whose Gage file uses everything that the language knows of. */
export function writeLanguageProject(dir: string): void {
  writeTree(dir, {
    'gage.toml': GAGE_TOML,
    'train.py': TRAIN,
    'evaluate.py': 'threshold = 0.5\nprint(threshold)\n',
    'data/words.txt': 'a\nb\n',
  });
}

/** Everything in it is right. */
export const GAGE_TOML = `# Operations
# of the tests

[train]
description = "Train a small model"
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

const TRAIN = `lr = 0.1
epochs = 3
print(lr, epochs)
with open("model.txt", "w") as f:
    f.write(str(lr))
`;
