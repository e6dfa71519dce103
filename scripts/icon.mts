/** Renders `media/icon.png` (256 x 256) from `media/icon.svg` with the browser of the tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from './lib/browser.mts';
import { repoRoot } from './lib/paths.mts';
import { say } from './lib/say.mts';

const size = 256;
const svg = readFileSync(join(repoRoot, 'media/icon.svg'), 'utf8');
const browser = await launchBrowser();
try {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  const png = await page.screenshot({ omitBackground: true });
  writeFileSync(join(repoRoot, 'media/icon.png'), png);
  say(`media/icon.png: ${String(png.length)} bytes`);
} finally {
  await browser.close();
}
