import { chromium, type Browser } from 'playwright-core';
import { ensureBrowser } from '../vscode.mts';

/**
 * Starts a headless Chromium without background traffic. The caller closes it.
 * Rejects when there is none and none can be installed.
 */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await ensureBrowser(),
    headless: process.env['RUNYARD_SHOW_BROWSER'] !== '1',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
