import { nestsTooDeeply } from '../../core/data/depth.ts';
import type { Json } from '../../core/data/json.ts';
import type { TextEdit } from '../../opdef/syntax/tree.ts';
import {
  type ConfigDocument,
  type DocumentProblem,
  type Literal,
  LiteralDocument,
  applyEdits,
  editLiterals,
  endOfLine,
} from './document.ts';
import { encodeLiteral } from './python-literals.ts';
import { PythonReader, type Assignment, type Part, type Target } from './python-reader.ts';
import { type Scalar, refuse } from './scalar.ts';

/** A name with the assignment that decides it: the last one. */
interface Binding {
  readonly assignment: Assignment;
  /** By key: of two literals with the same key the last counts. */
  readonly literals: ReadonlyMap<string, Literal>;
}

/**
 * Reads the configuration of a Python file: the literals that module-level assignments give to
 * plain names, and those inside list and dict literals (gage-format.md 4.5, "Python reading"). Never
 * throws: what cannot be read is left out or becomes a problem.
 */
export function parsePython(text: string): ConfigDocument {
  if (nestsTooDeeply(text)) {
    return new LiteralDocument(text, [], [{ line: 1, message: 'Not read: nested too deeply' }]);
  }
  const reader = new PythonReader(text);
  const deciding = new Map<string, { assignment: Assignment; target: Target }>();
  for (const assignment of reader.readModule()) {
    for (const target of assignment.targets) {
      if (target.name === null) continue;
      // Deleted first, so that the order is that of the assignments that count.
      deciding.delete(target.name);
      deciding.set(target.name, { assignment, target });
    }
  }
  const eol = endOfLine(text);
  const literals: Literal[] = [];
  const bindings = new Map<string, Binding>();
  for (const [name, { assignment, target }] of deciding) {
    const own = assignment.parts.map((part) => literalOf(name, target, part, eol));
    literals.push(...own);
    const byKey = new Map(own.map((literal) => [literal.key, literal]));
    bindings.set(name, { assignment, literals: byKey });
  }
  return new PythonDocument(text, literals, reader.problems, bindings);
}

function literalOf(name: string, target: Target, part: Part, eol: string): Literal {
  const { from, to, value, path } = part;
  const key = name + path;
  const named = path === '' ? target : (part.keyNode ?? part);
  const encode = (wanted: Scalar): string => {
    const text = encodeLiteral(wanted, part.style, eol);
    return text ?? refuse(key, wanted, 'it is a bytes literal');
  };
  return { key, value, from, to, keyFrom: named.from, keyTo: named.to, encode };
}

class PythonDocument extends LiteralDocument {
  readonly #text: string;
  readonly #bindings: ReadonlyMap<string, Binding>;

  constructor(
    text: string,
    literals: readonly Literal[],
    problems: readonly DocumentProblem[],
    bindings: ReadonlyMap<string, Binding>,
  ) {
    super(text, literals, problems);
    this.#text = text;
    this.#bindings = bindings;
  }

  override edits(values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    const assignments = new Set([...this.#bindings.values()].map(({ assignment }) => assignment));
    const edits = [...assignments].flatMap((assignment) =>
      this.#editAssignment(assignment, values),
    );
    return edits.sort((a, b) => a.from - b.from);
  }

  #editAssignment(assignment: Assignment, values: ReadonlyMap<string, Json>): readonly TextEdit[] {
    const perTarget = assignment.targets.map(({ name }) => {
      const binding = name === null ? undefined : this.#bindings.get(name);
      if (binding?.assignment !== assignment) return [];
      return editLiterals(binding.literals.values(), values);
    });
    const texts = perTarget.map((edits) => this.#valueText(assignment, edits));
    const last = perTarget.at(-1) ?? [];
    if (new Set(texts).size === 1) return last;
    // The names of a chain part: `a = b = 1` becomes `a = 5; b = 1`.
    const splits = assignment.targets.slice(1).map(({ from }, i) => ({
      from,
      to: from,
      insert: `${texts[i] ?? ''}; `,
    }));
    return [...splits, ...last];
  }

  #valueText({ from, to }: Assignment, edits: readonly TextEdit[]): string {
    const shifted = edits.map((edit) => ({ ...edit, from: edit.from - from, to: edit.to - from }));
    return applyEdits(this.#text.slice(from, to), shifted);
  }
}
