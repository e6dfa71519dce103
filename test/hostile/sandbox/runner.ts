/**
 * Runs verbs of the bundled command one after another in one process, which saves its start. Each
 * one evaluates the whole program anew; its arguments come as a message, what it printed goes back.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

/** So much of what a verb prints is looked at. Characters. */
const KEPT = 4 * 1024 * 1024;

const [node = '', , script = ''] = process.argv;
const source = readFileSync(script, 'utf8');
let compiled: Buffer | undefined;
let stdout = '';
let stderr = '';

// Each program listens for its own.
process.stdout.setMaxListeners(0);
process.setMaxListeners(0);
process.stdout.write = (data) => {
  if (stdout.length < KEPT) stdout += String(data).slice(0, KEPT);
  return true;
};
process.stderr.write = (data) => {
  if (stderr.length < KEPT) stderr += String(data).slice(0, KEPT);
  return true;
};

/** What Node's types leave out. */
interface Cacheable {
  createCachedData(): Buffer;
}

process.on('message', (args: readonly string[]) => {
  void run(args);
});
process.on('disconnect', () => process.exit());

async function run(args: readonly string[]): Promise<void> {
  stdout = '';
  stderr = '';
  process.exitCode = 0;
  process.argv = [node, script, ...args];
  const program = new vm.SourceTextModule(source, {
    identifier: script,
    ...(compiled !== undefined && { cachedData: compiled }),
    initializeImportMeta: (meta) => {
      meta.url = pathToFileURL(script).href;
    },
    importModuleDynamically: (name) => import(name) as Promise<vm.Module>,
  });
  // Parsing it takes longer than most verbs.
  compiled ??= (program as unknown as Cacheable).createCachedData();
  await program.link(builtIn);
  await program.evaluate();
  process.send?.({ code: process.exitCode, stdout, stderr });
}

/** A bundle imports nothing but what Node has. */
async function builtIn(name: string): Promise<vm.Module> {
  const exported = (await import(name)) as Readonly<Record<string, unknown>>;
  const names = Object.keys(exported);
  return new vm.SyntheticModule(names, function (this: vm.SyntheticModule) {
    for (const one of names) this.setExport(one, exported[one]);
  });
}
