import { readFileSync, writeFileSync, renameSync, rmSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir, writeTree } from '../helpers/temp.ts';
import { openWorkbench } from './harness.ts';
const D = '/tmp/r3'; mkdirSync(D, { recursive: true });
const sl = (ms: number) => new Promise((r) => setTimeout(r, ms));
void test('r3 typing', async (t) => {
  const folder = join(tempDir(t), 'proj');
  writeTree(folder, {
    'train.py': '"""Train."""\nlr = 0.1\nepochs = 3\nname = "x"\nflag = True\nlayers = [1, 2]\nprint(lr)\n',
    'evaluate.py': 'x = 1\nprint(1)\n', 'data/a.csv': 'a', 'data/b.csv': 'b', 'data/sub/c.csv': 'c',
    'conf.yaml': 'a:\n  b: 1\n  c: hello\n', '.env': 'SECRET=1\n', 'params.json': '{"p": 1, "q": {"r": true}}\n',
    'gage.yaml': '', 'gage.json': '', 'gage.toml': '',
  });
  rmSync(join(folder, 'gage.yaml')); rmSync(join(folder, 'gage.json'));
  const wb = await openWorkbench(t, { folder });
  const { page } = wb; const { keyboard } = page;
  let n = 0;
  const shot = async (name: string) => { await page.screenshot({ path: `${D}/a${String(++n).padStart(2, '0')}-${name}.png` }); };
  const log = (...a: unknown[]) => console.log(...a);
  const step = async (name: string, f: () => Promise<void>) => { try { await f(); } catch (e) { log('STEP FAILED', name, String(e).slice(0, 300)); await shot('FAIL-' + name); await keyboard.press('Escape'); await keyboard.press('Escape'); } };
  const suggestions = async () => (await page.locator('.suggest-widget.visible .monaco-list-row').allInnerTexts()).map((s) => s.replace(/\n/g, ' | '));
  const open = async (f: string) => { await keyboard.press('Control+P'); await sl(400); await keyboard.type(f); await sl(900); await keyboard.press('Enter'); await sl(1500); };
  await step('open', async () => { await wb.runCommand('Runyard: Open Gage File'); await sl(1500); });
  const seq = async (tag: string, steps: string[]) => {
    for (const s of steps) {
      if (s.startsWith('!')) { await keyboard.press(s.slice(1)); await sl(350); }
      else if (s.startsWith('?')) { await sl(700); log(tag, s, JSON.stringify(await suggestions())); await shot(tag + s.slice(1)); }
      else { await keyboard.type(s, { delay: 50 }); await sl(400); }
    }
    log(tag, '=>\n' + (await wb.activeEditorText()));
  };
  await step('toml', () => seq('toml', ['!Control+End', '!Control+Space', '?empty', '!Escape', '[train]', '!Enter', '?afterheader', 'ex', '?ex', '!Tab', '?extab', 'python train.py', '!End', '!Enter', 'con', '!Tab', '?con', '!Control+Space', '?convalue', 'tr', '?tr', '!Tab', '?afterfile', '#', '?hash', 'lr', '!Enter', '?lr', '!End', '!Enter', 'sou', '!Enter', '?sou', 'dat', '?dat', '!Tab', '?datTab', '!End', '!Enter', 'requires', '?req', '!Escape', '!Enter', 'def', '!Enter', '?def', '!Escape', '!End', '!Enter', '!Enter', '[ev', '?ev', '!Escape', 'al]', '!Enter', 'depends', '?dep', '!Tab', '?deptab', '!Control+Space', '?depval']));
  writeFileSync(join(folder, 'x.txt'), '');
  await keyboard.press('Control+S');
  log(readFileSync(join(folder, 'gage.toml'), 'utf8'));
  await keyboard.press('Control+W'); await sl(500);
  rmSync(join(folder, 'gage.toml')); writeFileSync(join(folder, 'gage.yaml'), '');
  await sl(1000);
  await step('yopen', () => open('gage.yaml'));
  await step('yaml', () => seq('yaml', ['!Control+Space', '?empty', '!Escape', 'train:', '!Enter', '!Control+Space', '?inop', '!Escape', 'ex', '!Tab', '?extab', 'python train.py', '!End', '!Enter', 'con', '!Enter', '?con', '!Control+Space', '?conval', 'tr', '!Tab', '#', '?hash', 'lr', '!Enter', '?lr', '!End', '!Enter', 'sou', '!Tab', '?sou', '!Control+Space', '?souval', '!Escape', '!End', '!Enter', 'exec', '?execagain', '!Escape', '!Control+S']));
  log(readFileSync(join(folder, 'gage.yaml'), 'utf8'));
  await keyboard.press('Control+W'); await sl(500);
  rmSync(join(folder, 'gage.yaml')); writeFileSync(join(folder, 'gage.json'), '');
  await sl(1000);
  await step('jopen', () => open('gage.json'));
  await step('json', () => seq('json', ['!Control+Space', '?empty', '!Escape', '{', '!Enter', '"train": {', '!Enter', '!Control+Space', '?inop', 'ex', '?ex', '!Tab', '?extab', 'python train.py', '!End', ',', '!Enter', '"con', '?con', '!Tab', '?contab', '!Control+Space', '?conval', 'tr', '!Tab', '#', '?hash', '!Tab', '?lr', '!End', ',', '!Enter', 'sou', '!Enter', '?sou', '!Escape', '!Control+S']));
  log(readFileSync(join(folder, 'gage.json'), 'utf8'));
});
