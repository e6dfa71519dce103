/** Brings everything that the tests need to this machine, without running them. */
import { ensureGage } from './gage-venv.mts';
import { ensureGuild } from './guild-venv.mts';
import { say } from './lib/say.mts';
import { ensureOptuna } from './optuna-venv.mts';
import { ensureBrowser, ensureVscode } from './vscode.mts';

say(`Browser: ${await ensureBrowser()}`);
say(`VS Code: ${(await ensureVscode()).root}`);
say(`gage:    ${await ensureGage()}`);
say(`guild:   ${await ensureGuild()}`);
say(`Optuna:  ${await ensureOptuna()}`);
