import { closeSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Claim, removeClaims, tryClaim } from '../../../src/core/run/claim.ts';

/**
 * One of many processes that hold the same claim in turns, and give it back in both ways: the
 * claim itself, or all claims as at the end of a run. Whoever holds it makes a file that must
 * not be there. Sends how often it held the claim, and how often it was not alone.
 */
const [runsDir = '', rounds = '0'] = process.argv.slice(2);
const run = { runsDir, id: 'a' };
const path = join(runsDir, 'inside');
let held = 0;
let notAlone = 0;
for (let i = 0; i < Number(rounds); i++) {
  const claim = tryClaim(run, 'test');
  if (!(claim instanceof Claim)) continue;
  held++;
  try {
    closeSync(openSync(path, 'wx'));
    unlinkSync(path);
  } catch {
    notAlone++;
  }
  if (i % 2 === 0) claim.release();
  else removeClaims(run);
}
process.send?.({ held, notAlone }, () => process.disconnect());
